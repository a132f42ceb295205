// Holds and recalls that concern the user: acknowledged by one tap, reported item by item.

import { Problem } from "../../sign/api.js";
import { answer, clear } from "../beside.js";
import { signAndSend } from "../../sign/link.js";
import { busy, fail, say, signingKey } from "../page.js";
import { answerOps, drafted, offer, upload } from "../recall-form.js";
import { microOf, textOf, typed } from "../../offline/slip.js";
import { _, fill } from "../../sign/text.js";

for (const section of document.querySelectorAll("[data-act]")) {
  const button = section.querySelector(".acknowledge");
  if (button) {
    button.hidden = false;
    button.onclick = () => busy(button, () => acknowledge(section));
  }
  const form = section.querySelector("form.report");
  if (form) open(section, form);
}
answerOps((form) => form.closest("[data-act]").dataset.act);

// The card says what is signed: one tap signs it.
async function acknowledge(section) {
  const key = await signingKey();
  if (key === null) return;
  try {
    say(_("One moment…"));
    const set = await drafted({ op: "recall.acknowledge", act: section.dataset.act });
    const receipts = await signAndSend(set, key);
    say(_("Signed and recorded as no. %(index)s.", { index: receipts[0].index }));
    location.reload();
  } catch (error) {
    fail(error, { 403: _("You may not do this.") });
  }
}

// Amounts in millionths of the base unit, as the fields of a part show them, and as they are typed:
// `share` of the unit that is shown are one of the base unit.
function shown({ dataset }, micro) {
  return textOf(micro * Number(dataset.share));
}

function counted({ dataset }, text) {
  const micro = microOf(text);
  return micro === null || micro % Number(dataset.share) ? null : micro / Number(dataset.share);
}

function open(section, form) {
  const button = form.querySelector("button:not([type])");
  button.hidden = false;
  for (const part of form.querySelectorAll("[data-item]")) {
    const all = part.querySelector(".all");
    all.hidden = Number(part.dataset.tell) <= 0;
    all.onclick = () => {
      for (const field of part.querySelectorAll("input")) field.value = "";
      part.querySelector("[name=recovered]").value = shown(part, Number(part.dataset.tell));
      draw(part);
    };
    part.addEventListener("input", () => draw(part));
    draw(part);
  }
  answer(form, button, () => report(section, form, button));
}

// The amounts typed for an item against those to account for, as the server counts them.
function draw(part) {
  const { tell, again, words: unit } = part.dataset;
  const texts = Array.from(part.querySelectorAll("input"), (field) => typed(field.value));
  const summary = part.querySelector(".sum-of");
  const all = `${shown(part, Number(tell))} ${unit}`;
  summary.classList.remove("is-off", "is-even");
  if (texts.every((text) => text === "")) {
    summary.textContent = _("You are to account for %(all)s.", { all });
    return;
  }
  const micros = texts.map((text) => (text === "" ? 0 : counted(part, text)));
  if (micros.includes(null)) {
    summary.textContent = "";
    return;
  }
  const sum = micros.reduce((left, right) => left + right, 0);
  const gap = Number(tell) - sum;
  const isOver = -gap > Number(again);
  const even = gap < 0 ? _("%(told)s, with what was reported before: it adds up.") : _("%(told)s of %(all)s: it adds up.");
  const text = gap > 0 ? _("%(told)s of %(all)s: %(gap)s is missing.") : isOver ? _("%(told)s of %(all)s: %(gap)s more than you had.") : even;
  summary.textContent = fill(text, { told: `${shown(part, sum)} ${unit}`, all, gap: `${shown(part, Math.abs(gap))} ${unit}` });
  summary.classList.add(gap > 0 || isOver ? "is-off" : "is-even");
}

// The amounts of a form, with the field that each stands in; null, with a message, for a wrong one.
function amounts(form) {
  const rows = [];
  for (const part of form.querySelectorAll("[data-item]")) {
    for (const field of part.querySelectorAll("input")) {
      if (typed(field.value) === "") continue;
      const micro = counted(part, typed(field.value));
      if (micro === null) return void wrongAt(part, field, _("A number of 0 or more, such as 12.5."));
      rows.push({ part, field, amount: { item: part.dataset.item, kind: field.name, value: textOf(micro), unit: part.dataset.unit } });
    }
  }
  return rows;
}

function wrongAt(part, field, text) {
  part.querySelector(".field-wrong").textContent = text;
  field.setAttribute("aria-invalid", "true");
  field.focus();
}

async function report(section, form, button) {
  clear(form);
  const rows = amounts(form);
  if (rows === undefined) return;
  const first = form.querySelector("[data-item]");
  if (rows.length === 0) return wrongAt(first, first.querySelector("input"), _("Give at least one amount."));
  const sure = form.querySelector(".sure");
  const file = form.querySelector("[type=file]");
  try {
    const files = file.files.length > 0 ? [await upload(file.files[0])] : [];
    const quantities = rows.map((row) => row.amount);
    const draft = { op: "recall.report", act: section.dataset.act, quantities, files };
    draft.sure = !sure.hidden && sure.querySelector("input").checked;
    await offer(await drafted(draft), button, () => location.reload());
  } catch (error) {
    refuse(form, rows, error);
  }
}

function refuse(form, rows, error) {
  const name = error instanceof Problem ? error.body.field : null;
  if (name === "quantities" && rows[error.body.at]) {
    const { part, field } = rows[error.body.at];
    return wrongAt(part, field, `${_("A number of 0 or more, such as 12.5.")} ${error.message}`);
  }
  if (name === "file") {
    const file = form.querySelector("[type=file]");
    const text = error.status === 429 ? _("Today's attachments are used up. Go on tomorrow.") : _("A PDF or a photograph (JPEG, PNG, WebP) of at most 5 MB.");
    form.querySelector(`#${file.getAttribute("aria-describedby")}`).textContent = `${text} ${error.message}`;
    return file.focus();
  }
  if (name !== "sums") return fail(error, { 403: _("You may not do this.") });
  const sure = form.querySelector(".sure");
  form.querySelector(".sums-wrong").textContent = _("It does not add up. If the amounts are right all the same, confirm it below and report it.");
  sure.hidden = false;
  sure.querySelector("input").focus();
}
