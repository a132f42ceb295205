// Admitting a party: a form whose statement is signed here; then the party can be invited.

import { post } from "../../sign/api.js";
import { answer, clear, failBeside } from "../beside.js";
import { at, offerToSign } from "../page.js";
import "../divisions.js";
import { WRONG } from "./people-wrong.js";

answer(at("admit"), at("go"), admit);

async function admit() {
  clear(at("admit"));
  const roles = Array.from(document.querySelectorAll("[name=role]:checked"), (box) => box.value);
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
    failBeside(at("admit"), WRONG, error);
  }
}
