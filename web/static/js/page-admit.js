// Admitting a party: a form whose statement is signed here; then the party can be invited.

import { post } from "./api.js";
import { answer, failBeside, wrong } from "./beside.js";
import { at, offerToSign, words } from "./page.js";

const FIELDS = ["name", "roles", "division", "number"];

answer(at("admit"), at("go"), admit);

async function admit() {
  wrong(FIELDS, null);
  const roles = Array.from(document.querySelectorAll("[name=role]:checked"), (box) => box.value);
  const [name, division, number] = ["name", "division", "number"].map((id) => at(id).value.trim());
  if (!name) return void wrong(FIELDS, "name", words.wrong.name);
  if (roles.length === 0) return void wrong(FIELDS, "roles", words.wrong.roles);
  try {
    const set = await post("/api/v1/parties/draft", { name, roles, division, number });
    const party = set.drafts[0].statement.party;
    await offerToSign(set, at("go"), () => {
      const next = new URL(document.body.dataset.next, location.href);
      next.searchParams.set("party", party);
      location.assign(next.href);
    });
  } catch (error) {
    failBeside(FIELDS, words.wrong, error);
  }
}
