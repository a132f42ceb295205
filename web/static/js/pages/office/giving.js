// The form that gives a mandate, and the buttons that withdraw one; both are signed here.

import { post } from "../../sign/api.js";
import { answer, clear, failBeside, sha256Of } from "../beside.js";
import { at, fail, offerToSign } from "../page.js";
import { WRONG } from "./people-wrong.js";

// Set the form up, where the page has it.
export function start() {
  for (const button of document.querySelectorAll("[data-withdraw]")) {
    button.hidden = false;
    button.onclick = () => withdraw(button);
  }
  const form = at("give");
  if (form) answer(form, at("go"), () => give(form));
}

async function give(form) {
  clear(form);
  const steps = Array.from(form.querySelectorAll("[name=step]:checked"), (box) => box.value);
  const asked = { to: at("to").value.trim(), steps };
  for (const day of ["first_day", "last_day"]) asked[day] = at(day).value;
  try {
    if (form.dataset.party) {
      asked.party = form.dataset.party;
      asked.paper = await sha256Of(at("paper"));
    }
    const set = await post("/api/v1/mandates/draft", asked);
    await offerToSign(set, at("go"), () => location.reload());
  } catch (error) {
    failBeside(form, WRONG, error);
  }
}

async function withdraw(button) {
  try {
    const { withdraw: to, of } = button.dataset;
    const set = await post("/api/v1/mandates/withdraw/draft", { to, party: of || "" });
    await offerToSign(set, button, () => location.reload());
  } catch (error) {
    fail(error);
  }
}
