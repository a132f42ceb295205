// One's own records: what is chosen in the list is looked for at once; and one record put right: what
// was changed goes to the server, which answers what is to be signed.

import { post } from "../../sign/api.js";
import { answer, clear, failAt } from "../beside.js";
import { at, fail, offerToSign, offers } from "../page.js";
import { recipients } from "../recipient.js";

const data = document.body.dataset;
const path = `/api/v1/records/${data.index}`;
const form = at("correct");
const to = at("to") ? recipients() : null;

// The page of what stands now; of a record that was retracted, its own.
function done(receipts) {
  location.href = new URL(data.recordUrl, location.href).href.replace("/me/records/", `/me/records/${receipts ? receipts[0].index : data.index}`);
}

function correction() {
  const body = { time: at("time").value === data.time ? "" : at("time").value, amounts: {}, values: {}, to: to ? to.value() : "" };
  for (const line of form.querySelectorAll("[data-line]")) {
    const unit = line.querySelector(".unit");
    body.amounts[line.dataset.line] = { quantity: line.querySelector(".quantity").value, unit: unit.value || unit.textContent, item: line.querySelector(".item")?.value || "" };
  }
  for (const field of form.querySelectorAll("[data-value]")) body.values[field.dataset.value] = field.value;
  return body;
}

function placeOf({ field }) {
  const says = at(`${field}-wrong`);
  return says ? { mark: at(`value-${field}`) || at(field), says } : null;
}

for (const choice of document.querySelectorAll("form[role=search] select")) {
  choice.addEventListener("change", () => choice.form.requestSubmit());
}
if (form) {
  answer(form, at("go"), async () => {
    clear(form);
    try {
      await offerToSign(await post(`${path}/correction`, correction()), at("go"), done);
    } catch (error) {
      failAt(error, placeOf, ({ detail }) => ({ exact: detail }));
    }
  });
}
if (at("retract")) {
  offers([at("retract")], () => post(`${path}/retraction`, {}), () => done());
}
