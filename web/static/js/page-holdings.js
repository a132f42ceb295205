// What is on the counter: so much sold, so much lost, each in one form.

import * as outbox from "./outbox.js";
import { later } from "./link.js";
import { draw, more, start } from "./outbox-view.js";
import { at, fail, ledger, signingKey, words } from "./page.js";
import * as slip from "./slip.js";
import { fill } from "./words.js";

const { party, now, offset, heads } = document.body.dataset;
const began = Date.now();
const known = JSON.parse(heads);
const STEPS = {
  sell: { action: "OBSERVE", bizStep: "retail_selling", disposition: "retail_sold" },
  lose: { action: "DELETE", bizStep: "urn:suyuan:step:loss" },
};

function present() {
  return { time: Number(now) + Math.max(0, Date.now() - began), offset: Number(offset) };
}

function offer(row, line, kind, button) {
  const there = row.querySelector("form");
  const close = () => {
    row.querySelector("form").remove();
    for (const one of row.querySelectorAll("[aria-expanded]")) one.setAttribute("aria-expanded", "false");
    button.focus();
  };
  if (there) return close();
  const form = at("how-much").content.firstElementChild.cloneNode(true);
  const find = (what) => form.querySelector(what);
  find(".of-unit").textContent = fill(more.unit_of, { unit: line.words });
  find(".signs").textContent = words.steps[STEPS[kind].bizStep];
  find(".of-reason").hidden = kind !== "lose";
  for (const reason of more.losses) find(".choice").append(new Option(reason, reason));
  form.onsubmit = (happened) => {
    happened.preventDefault();
    const value = slip.typed(find(".number").value);
    const reason = kind === "lose" ? find(".choice").value : undefined;
    const micro = slip.microOf(value);
    const isMissing = kind === "lose" && !reason;
    const problem = micro === null ? "number" : micro === 0 ? "none" : micro > line.micro ? "stock" : isMissing ? "reason" : null;
    if (problem) {
      find(".field-wrong").textContent = more.wrongs[problem];
      const field = problem === "reason" ? find(".choice") : find(".number");
      field.setAttribute("aria-invalid", "true");
      field.focus();
      return;
    }
    const title = fill(kind === "sell" ? more.sold : more.lost, { amount: `${value} ${line.words}`, name: line.name });
    record(line, value, { ...STEPS[kind], ...(reason ? { "suyuan:reason": reason } : {}) }, title).then(close).catch(fail);
  };
  find(".cancel").onclick = close;
  form.onkeydown = (pressed) => {
    if (pressed.key === "Escape") close(); // and answers nothing: false would keep keys from typing
  };
  row.append(form);
  button.setAttribute("aria-expanded", "true");
  find(".number").focus();
}

async function record(line, value, body, title) {
  const key = await signingKey();
  if (key === null) return;
  const draft = slip.single({ item: line.item, uom: line.uom, value }, body, present());
  const signedAt = later(new Date(Number(now)).toISOString(), present().time - Number(now));
  const set = { ledger, actor: party, signed_at: signedAt, drafts: [draft] };
  await outbox.keep(set, key, known, { title });
  await draw();
}

for (const row of document.querySelectorAll("[data-line]")) {
  const line = JSON.parse(row.dataset.line);
  row.append(at("act").content.cloneNode(true));
  for (const kind of ["sell", "lose"]) {
    const button = row.querySelector(`.${kind}`);
    button.setAttribute("aria-label", `${button.textContent}: ${line.name}`);
    button.onclick = () => offer(row, line, kind, button);
  }
}
start().catch(fail);
