// The fates of a table's rows: what has to be put right first, then what will be registered.

import * as canonical from "../../sign/canonical.js";
import { textOf } from "../fields.js";
import { at, element, rowOf, words } from "../page.js";
import { _, fill } from "../../sign/text.js";
import { describe } from "../../sign/words.js";

const STEP = 50; // rows at a time

// Show a checked table; `count` rows are to be signed.
export function show(checked, name) {
  const fates = { good: [], wrong: [], there: [] };
  for (const row of checked.rows) fates[row.fate].push(row);
  at("fate-title").textContent = name;
  const sums = [
    [_("Good: %(count)s"), fates.good.length],
    [_("To be put right: %(count)s"), fates.wrong.length],
    [_("In the ledger already: %(count)s"), fates.there.length],
  ];
  at("sums").replaceChildren(
    ...sums
      .filter(([, count], which) => count || which === 0)
      .map(([text, count]) => element("b", fill(text, { count: count.toLocaleString("en") }))),
  );
  at("notes").replaceChildren(...checked.notes.map((note) => element("li", note)));
  list("bad", fates.wrong, bad);
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

function bad(row) {
  const made = at("bad-row").content.firstElementChild.cloneNode(true);
  made.querySelector(".row").textContent = _("Row %(row)s", { row: row.row });
  for (const cell of row.problems) {
    const line = element("li", textOf(cell));
    if (cell.column) line.prepend(element("b", cell.column), " ");
    made.querySelector(".why").append(line);
  }
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
