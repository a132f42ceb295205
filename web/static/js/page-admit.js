// Admitting a party: a form whose statement is signed here; then the party can be invited.

import { Problem, post } from "./api.js";
import { at, busy, fail, offerToSign, words } from "./page.js";

const FIELDS = ["name", "roles", "division", "number"];

at("admit").addEventListener("submit", (event) => {
  event.preventDefault();
  busy(at("go"), admit);
});

async function admit() {
  wrong(null, "");
  const roles = Array.from(document.querySelectorAll("[name=role]:checked"), (box) => box.value);
  if (roles.length === 0) return void wrong("roles");
  const [name, division, number] = ["name", "division", "number"].map((id) => at(id).value.trim());
  try {
    const set = await post("/api/v1/parties/draft", { name, roles, division, number });
    const party = set.drafts[0].statement.party;
    await offerToSign(set, at("go"), () => {
      const next = new URL(document.body.dataset.next, location.href);
      next.searchParams.set("party", party);
      location.assign(next.href);
    });
  } catch (error) {
    const field = error instanceof Problem && error.status === 422 ? error.body.field : null;
    if (!FIELDS.includes(field)) return void fail(error);
    wrong(field, error.message);
  }
}

// Say beside a field that it is wrong, and go there; of the others nothing.
function wrong(field, exact) {
  for (const name of FIELDS) {
    at(name).removeAttribute("aria-invalid");
    at(`${name}-wrong`).textContent = "";
  }
  if (field === null) return;
  at(`${field}-wrong`).textContent = [words.wrong[field], exact].filter(Boolean).join(" ");
  const place = field === "roles" ? document.querySelector("[name=role]") : at(field);
  if (field !== "roles") place.setAttribute("aria-invalid", "true");
  place.focus();
}
