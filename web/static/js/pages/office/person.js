// One party: changes, registrars, leaving, keys and mandates, each a link that is signed here.

import { Problem, post } from "../../sign/api.js";
import { answer, clear, failBeside, lines } from "../beside.js";
import "./mandates.js";
import { at, fail, offerToSign } from "../page.js";
import "../divisions.js";
import { WRONG } from "./people-wrong.js";

const { party } = document.body.dataset;
const path = `/api/v1/parties/${encodeURIComponent(party)}`;
const again = () => location.reload();

function form(id, button, draft) {
  if (at(id)) answer(at(id), at(button), () => offer(at(id), at(button), draft));
}

async function offer(form, button, draft) {
  clear(form);
  try {
    await offerToSign(await draft(), button, again);
  } catch (error) {
    failBeside(form, WRONG, error);
  }
}

form("change", "change-go", () => {
  const boxes = at("change").querySelectorAll("[name=role]:checked");
  const body = { roles: Array.from(boxes, (box) => box.value) };
  for (const name of ["name", "division", "part_of"]) body[name] = at(name).value.trim();
  for (const name of ["places", "gs1"]) body[name] = lines(at(name).value);
  return post(`${path}/change/draft`, body);
});
form("registrar", "appoint", () =>
  post("/api/v1/registrars/draft", { party, op: "appoint", remit: lines(at("remit").value) }),
);
form("leave", "leave-go", () => post(`${path}/leave/draft`, { reason: at("reason").value }));

if (at("dismiss")) {
  at("dismiss").disabled = false;
  at("dismiss").onclick = () => {
    clear(at("registrar"));
    return end(at("dismiss"), at("dismiss-wrong"), WRONG.registrar, () => post("/api/v1/registrars/draft", { party, op: "dismiss" }));
  };
}
for (const button of document.querySelectorAll("[data-revoke]")) {
  const { revoke: keyid } = button.dataset;
  button.hidden = false;
  button.onclick = () => end(button, at(`key-${keyid}-wrong`), WRONG.key, () => post(`/api/v1/keys/${keyid}/revoke/draft`, {}));
}

// End what a button is about; where that has ended meanwhile, `over` stands beside it.
async function end(button, says, over, draft) {
  says.textContent = "";
  try {
    await offerToSign(await draft(), button, again);
  } catch (error) {
    if (error instanceof Problem && [404, 422].includes(error.status)) says.textContent = over;
    else fail(error);
  }
}
