// One party: changes, registrars, leaving, keys and mandates, each a link that is signed here.

import { Problem, post } from "./api.js";
import { answer, failBeside, lines, wrong } from "./beside.js";
import { start } from "./giving.js";
import { at, fail, offerToSign } from "./page.js";

const { party, more } = document.body.dataset;
const words = JSON.parse(more).wrong;
const path = `/api/v1/parties/${encodeURIComponent(party)}`;
const again = () => location.reload();

function form(id, button, fields, draft) {
  if (at(id)) answer(at(id), at(button), () => offer(at(button), fields, draft));
}

async function offer(button, fields, draft) {
  wrong(fields, null);
  try {
    await offerToSign(await draft(), button, again);
  } catch (error) {
    failBeside(fields, words, error);
  }
}

form("change", "change-go", ["name", "roles", "division", "part_of", "places", "gs1"], () => {
  const boxes = at("change").querySelectorAll("[name=role]:checked");
  const asked = { roles: Array.from(boxes, (box) => box.value) };
  for (const name of ["name", "division", "part_of"]) asked[name] = at(name).value.trim();
  for (const name of ["places", "gs1"]) asked[name] = lines(at(name).value);
  return post(`${path}/change/draft`, asked);
});
form("registrar", "appoint", ["remit"], () =>
  post("/api/v1/registrars/draft", { party, op: "appoint", remit: lines(at("remit").value) }),
);
form("leave", "leave-go", ["reason"], () => post(`${path}/leave/draft`, { reason: at("reason").value }));

if (at("dismiss")) {
  at("dismiss").disabled = false;
  at("dismiss").onclick = () =>
    offer(at("dismiss"), ["remit"], () => post("/api/v1/registrars/draft", { party, op: "dismiss" }));
}
for (const button of document.querySelectorAll("[data-revoke]")) {
  button.hidden = false;
  button.onclick = () => revoke(button);
}
start(words);

async function revoke(button) {
  const { revoke: keyid } = button.dataset;
  const said = at(`key-${keyid}-wrong`);
  said.textContent = "";
  try {
    await offerToSign(await post(`/api/v1/keys/${keyid}/revoke/draft`, {}), button, again);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) said.textContent = words.key;
    else fail(error);
  }
}
