// An office's document: drawn up, signed, sealed and served here; and checked by who holds its PDF.

import { Problem, post } from "../../sign/api.js";
import { hex, sha256 } from "../../sign/dsse.js";
import { answer, clear, failAt, sha256Of } from "../beside.js";
import { at, busy, fail, offerToSign, say } from "../page.js";
import { _ } from "../../sign/text.js";

const values = (form) => Object.fromEntries([...form.elements].filter((field) => field.name).map((field) => [field.name, field.type === "checkbox" ? field.checked : field.value]));

function failBesideFields(form, error) {
  const placeOf = ({ field }) => {
    const mark = form.elements.namedItem(field);
    return mark && { mark, says: at(`${mark.id}-wrong`) };
  };
  failAt(error, placeOf, ({ detail }) => ({ text: detail }));
}

for (const form of document.querySelectorAll("form.drawing")) {
  const button = form.querySelector("button");
  answer(form, button, async () => {
    clear(form);
    try {
      const made = await post("/api/v1/documents", { case: form.dataset.case, form: form.dataset.form, values: values(form) });
      location.assign(form.dataset.next.replace("CODE", made.code));
    } catch (error) {
      failBesideFields(form, error);
    }
  });
}

for (const form of document.querySelectorAll("form.act")) {
  const button = form.querySelector("button");
  answer(form, button, async () => {
    clear(form);
    try {
      await offerToSign(await post(form.dataset.path, values(form)), button, () => location.reload());
    } catch (error) {
      failBesideFields(form, error);
    }
  });
}

// What is signed is the hash of the very file that can be read here.
for (const button of document.querySelectorAll("button.sign")) {
  button.hidden = false;
  button.onclick = () => busy(button, async () => {
    const path = `/api/v1/documents/${button.dataset.code}`;
    try {
      const pdf = await fetch(`${path}/file?kind=pdf`, { credentials: "same-origin", cache: "no-store" });
      if (!pdf.ok) throw new Problem(pdf.status, {});
      const digest = hex(await sha256(new Uint8Array(await pdf.arrayBuffer())));
      const set = await post(`${path}/signature/draft`, { withdraw: Boolean(button.dataset.withdraw) });
      if (set.drafts.some(({ statement }) => statement.sha256 !== digest)) {
        say(_("The file is not the one that is to be signed. Sign nothing, and tell the office."), true);
        return;
      }
      await offerToSign(set, button, () => location.reload());
    } catch (error) {
      fail(error);
    }
  });
}

// The PDF stays here: its hash alone is asked about.
for (const form of document.querySelectorAll("form.checking")) {
  form.addEventListener("submit", async (event) => {
    const file = form.querySelector("input[type=file]");
    if (!file.files[0]) return;
    event.preventDefault();
    const typed = form.querySelector("input[name=sha256], input[name=q]");
    typed.value = await sha256Of(file);
    form.submit();
  });
}
