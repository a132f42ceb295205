// The fates of a table's rows: what has to be put right first, then what will be registered.

import * as canonical from "../../sign/canonical.js";
import { textOf } from "../fields.js";
import { at, element, rowOf, words } from "../page.js";
import { _, fill } from "../../sign/text.js";
import { describe } from "../../sign/words.js";

const STEP = 50; // rows at a time

// Show a checked table; `count` rows are to be signed.
export function show(checked, name) {
  const fates = { good: [], wrong: [], there: [], before: [], changed: [] };
  for (const row of checked.rows) fates[row.fate].push(row);
  at("fate-title").textContent = name;
  const sums = [
    [_("Good: %(count)s"), fates.good.length],
    [_("To be put right: %(count)s"), fates.wrong.length],
    [_("In the ledger already: %(count)s"), fates.there.length],
    [_("As before, left out: %(count)s"), fates.before.length],
    [_("Registered with other values: %(count)s"), fates.changed.length],
  ];
  at("sums").replaceChildren(
    ...sums
      .filter(([, count], which) => count || which === 0)
      .map(([text, count]) => element("b", fill(text, { count: count.toLocaleString("en") }))),
  );
  at("notes").replaceChildren(...checked.notes.map((note) => element("li", note)));
  at("questions").replaceChildren(...checked.questions.map((question) => element("p", question, "note is-warn question")));
  list("bad", fates.wrong, bad);
  const mendable = fates.wrong.some((row) => Object.keys(row.cells).length);
  Object.assign(at("mended"), { hidden: !mendable, disabled: !mendable });
  list("earlier", [...fates.changed, ...fates.before], earlier);
  list("good", fates.good, (row) => good(row, checked));
  at("fate").hidden = false;
  return fates;
}

// Some rows at first, and more when asked.
function list(id, rows, made) {
  const place = at(id);
  const button = at(`more-${id}`);
  place.replaceChildren();
  const add = () => {
    const from = place.childElementCount;
    const part = rows.slice(from, from + STEP).map(made);
    place.append(...part);
    const left = rows.length - place.childElementCount;
    button.hidden = left === 0;
    button.textContent = _("Show more: %(count)s", { count: left.toLocaleString("en") });
    if (from && part.length) {
      part[0].tabIndex = -1;
      part[0].focus();
    }
  };
  button.onclick = add;
  add();
}

// What was put right in the rows that are shown: by row, texts by field; null where nothing was.
export function corrections() {
  const changed = {};
  for (const input of at("bad").querySelectorAll("input")) {
    if (input.value !== input.defaultValue) (changed[input.dataset.row] ||= {})[input.name] = input.value;
  }
  return Object.keys(changed).length ? changed : null;
}

// A row that is there from before: as it is, or with other values, which are corrected there.
function earlier(row) {
  const made = at("earlier-row").content.firstElementChild.cloneNode(true);
  made.querySelector(".row").textContent = _("Row %(row)s", { row: row.row });
  made.querySelector(".title").textContent = row.name;
  const link = made.querySelector("a");
  link.href = document.body.dataset.recordUrl.replace("/me/records/", `/me/records/${row.earlier}`);
  link.textContent = row.fate === "changed" ? _("Registered with other values: correct record no. %(index)s", { index: row.earlier }) : _("As before: record no. %(index)s", { index: row.earlier });
  return made;
}

function cell(row, [name, value]) {
  const made = at("cell").content.firstElementChild.cloneNode(true);
  const input = made.querySelector("input");
  made.querySelector("span").textContent = JSON.parse(document.body.dataset.columns)[name] || name;
  Object.assign(input, { name, defaultValue: value });
  input.dataset.row = row.row;
  return made;
}

function bad(row) {
  const made = at("bad-row").content.firstElementChild.cloneNode(true);
  made.querySelector(".row").textContent = _("Row %(row)s", { row: row.row });
  made.querySelector(".title").textContent = row.name;
  for (const cell of row.problems) {
    const line = element("li", textOf(cell));
    if (cell.column) line.prepend(element("b", cell.column), " ");
    made.querySelector(".why").append(line);
  }
  made.append(...Object.entries(row.cells).map((pair) => cell(row, pair)));
  return made;
}

// A row that will be registered, in words made from what is signed; the exact text when opened.
function good(row, checked) {
  const { event, document } = checked.drafts[row.draft];
  const made = at("good-row").content.firstElementChild.cloneNode(true);
  const lot = event.quantityList[0];
  const unit = words.units[lot.uom || ""] || lot.uom;
  made.querySelector(".row").textContent = _("Row %(row)s", { row: row.row });
  made.querySelector(".title").textContent = `${row.name} ${lot.quantity} ${unit}`;
  made.querySelector("details").ontoggle = (happened) => {
    if (!happened.target.open || made.querySelector("pre").textContent) return;
    made.querySelector("dl").append(...describe({ event }, words, checked.names).rows.map(rowOf));
    made.querySelector("pre").textContent = canonical.dumps({ document, event });
  };
  return made;
}
