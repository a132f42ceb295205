// A case: each stage that may be recorded next, drafted by the server and signed here.

import { post } from "../../sign/api.js";
import { answer, clear, failAt } from "../beside.js";
import { fail, say } from "../page.js";
import { offer } from "../recall-form.js";
import { _ } from "../../sign/text.js";

const MAX_FILE = 100_000;
const BESIDE = ["until", "of", "hold", "show", "party"]; // fields that are no part of what is said

for (const form of document.querySelectorAll("form.stage")) {
  const button = form.querySelector("button");
  answer(form, button, () => record(form, button));
}

for (const form of document.querySelectorAll("form.draw")) {
  const button = form.querySelector("button");
  answer(form, button, async () => {
    const { plan, row, count } = form.dataset;
    try {
      const set = await post("/api/v1/samples/plan/draft", { plan, row: Number(row), count: Number(count) });
      await offer(set, button, () => location.reload());
    } catch (error) {
      fail(error, { 422: _("Nothing of it is known to be on sale here.") });
    }
  });
}

// Whom a plan of inspections finds due: from where it came to last, then once more from the start.
for (const form of document.querySelectorAll("form.due")) {
  const button = form.querySelector("button");
  answer(form, button, async () => {
    const { plan, count } = form.dataset;
    let { after } = form.dataset;
    let isAgain = !after;
    for (;;) {
      const set = await post("/api/v1/inspections/plan/draft", { plan, count: Number(count), after });
      if (set.drafts.length) return offer(set, button, () => location.reload());
      if (!set.after && isAgain) return say(_("Nobody else is due in the time of the plan."));
      isAgain ||= !set.after;
      after = set.after || "";
    }
  });
}

// A file's text, in the field where it could have been typed; what is wrong with it the server says.
for (const input of document.querySelectorAll("[data-into]")) {
  input.onchange = async () => {
    const [file] = input.files;
    input.value = "";
    if (!file) return;
    const field = document.getElementById(input.dataset.into);
    const bytes = file.size < MAX_FILE ? await file.arrayBuffer() : new ArrayBuffer(0);
    let text = "";
    for (const name of ["gb18030", "utf-8"]) {
      try {
        text = new TextDecoder(name, { fatal: true }).decode(bytes);
      } catch {
        continue; // it is in the other, or in none
      }
    }
    clear(input.form);
    field.value = text.trim();
    if (!text) document.getElementById(`${field.id}-wrong`).textContent = _("No text was found in the file: save it as CSV, of at most 100 rows.");
    field.focus();
  };
}

async function record(form, button) {
  clear(form);
  const { case: uri, kind, stage, report, of, next } = form.dataset;
  const party = form.elements.party ? form.elements.party.value : form.dataset.party;
  const fields = [...form.elements].filter((field) => field.name);
  const said = Object.fromEntries(fields.filter(({ name }) => !BESIDE.includes(name)).map((field) => [field.name, valueOf(form, field)]));
  const until = form.elements.until ? form.elements.until.value : "";
  const named = [of, form.elements.of && form.elements.of.value].filter(Boolean).map(Number);
  const draft = { stage, said, until, of: named, shows: shown(form), hold: Boolean(form.querySelector("[name=hold]:checked")) };
  try {
    const set = await post("/api/v1/cases/draft", uri ? { ...draft, case: uri } : { ...draft, kind, party, report });
    await offer(set, button, () => (next ? location.assign(next.replace("CODE", set.code)) : location.reload()));
  } catch (error) {
    failAt(error, ({ field }) => placeOf(form, field), ({ detail }) => ({ text: detail }), {
      409: _("It was gone on with meanwhile. Open the page again."),
    });
  }
}

// The hidden fields that are ticked, by the record that they are of.
function shown(form) {
  const byIndex = {};
  for (const { value } of form.querySelectorAll("[name=show]:checked")) {
    const [index, field] = value.split(" ");
    (byIndex[index] ||= []).push(field);
  }
  return Object.entries(byIndex).map(([index, fields]) => ({ index: Number(index), fields }));
}

// A field's value; of many that may be ticked all that are, in their order.
function valueOf(form, { name, type, value }) {
  if (type !== "checkbox") return value;
  return Array.from(form.querySelectorAll(`[name=${name}]:checked`), (box) => box.value).join(" ");
}

function placeOf(form, name) {
  const found = form.elements.namedItem(name);
  const mark = found instanceof RadioNodeList ? found[0].closest("fieldset") : found;
  return mark && { mark, says: document.getElementById(`${mark.id}-wrong`) };
}
