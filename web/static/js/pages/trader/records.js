// The list of one's own records: what is chosen is looked for at once.

for (const choice of document.querySelectorAll("form[role=search] select")) {
  choice.addEventListener("change", () => choice.form.requestSubmit());
}
