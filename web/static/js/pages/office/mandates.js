// Mandates: given and withdrawn by links that are signed here, on a party's page too.

import { post } from "../../sign/api.js";
import { answer, clear, failBeside, sha256Of } from "../beside.js";
import { at, offerToSign, offers } from "../page.js";
import { WRONG } from "./people-wrong.js";

offers(document.querySelectorAll("[data-withdraw]"), ({ withdraw: to, of }) =>
  post("/api/v1/mandates/withdraw/draft", { to, party: of || "" }));
const form = at("give");
if (form) answer(form, at("go"), give);

async function give() {
  clear(form);
  const steps = Array.from(form.querySelectorAll("[name=step]:checked"), (box) => box.value);
  const body = { to: at("to").value.trim(), steps };
  for (const day of ["first_day", "last_day"]) body[day] = at(day).value;
  try {
    if (form.dataset.party) {
      body.party = form.dataset.party;
      body.paper = await sha256Of(at("paper"));
    }
    const set = await post("/api/v1/mandates/draft", body);
    await offerToSign(set, at("go"), () => location.reload());
  } catch (error) {
    failBeside(form, WRONG, error);
  }
}
