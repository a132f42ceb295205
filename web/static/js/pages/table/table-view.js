// A table that is checked: what becomes of each row, what has to be put right first.

import { Problem, postForm } from "../../sign/api.js";
import * as canonical from "../../sign/canonical.js";
import { fieldsOf } from "../../sign/disclosed.js";
import { contents } from "../../sign/link.js";
import { cellsOf, textOf } from "../fields.js";
import { at, busy, element, fail, say, shown } from "../page.js";
import { _, fill } from "../../sign/text.js";

const STEP = 50; // rows at a time
const columns = JSON.parse(document.body.dataset.columns); // the headings of fields

// Have a table checked at a path of the API: the chosen file, or as it was `corrected` here, by row
// and field. Answers {checked, file}, the file as it is now; null, with what is wrong said beside
// #file, where it cannot be read.
export async function check(path, file, corrected, more) {
  say(_("The table is being read…"));
  let checked;
  try {
    checked = await postForm(path, { file, ...more, ...(corrected && { corrected: JSON.stringify(corrected) }) });
  } catch (error) {
    const cells = cellsOf(error);
    const isLarge = error instanceof Problem && error.status === 413;
    if (cells === null && !isLarge) throw error;
    say("");
    at("file-wrong").textContent = isLarge ? _("This table is too large for a browser. Please split it.") : cells.map(textOf).join(" ");
    at("file").setAttribute("aria-invalid", "true");
    return null;
  }
  say("");
  if (checked.table === null) return { checked, file };
  const name = file.name.replace(/(\.\w+)?$/, ".csv");
  return { checked, file: new File(["\ufeff", checked.table.replace(/^\ufeff/, "")], name, { type: "text/csv" }) };
}

// Let what was put right in the rows that are shown be checked again, by `run` of it.
export function mend(run) {
  at("mend").onsubmit = (event) => {
    event.preventDefault();
    const changed = corrections();
    if (changed) busy(at("mended"), () => run(changed)).catch(fail);
  };
}

// Show a checked table: its rows by their fate. `sums` are pairs of a fate and its words, with
// %(count)s; `lists` are {id: [fates, made]} of what becomes of a row of these.
export function show(checked, name, sums, lists) {
  const fates = Object.fromEntries(sums.map(([fate]) => [fate, []]));
  for (const row of checked.rows) fates[row.fate].push(row);
  at("fate-title").textContent = name;
  at("sums").replaceChildren(
    ...sums
      .filter(([fate], which) => fates[fate].length || which === 0)
      .map(([fate, text]) => element("b", fill(text, { count: fates[fate].length.toLocaleString("en") }))),
  );
  at("notes").replaceChildren(...checked.notes.map((note) => element("li", note)));
  at("questions").replaceChildren(...checked.questions.map((question) => element("p", question, "note is-warn question")));
  list("bad", fates.wrong, bad);
  const mendable = fates.wrong.some((row) => Object.keys(row.cells).length);
  Object.assign(at("mended"), { hidden: !mendable, disabled: !mendable });
  for (const [id, [of, made]] of Object.entries(lists)) list(id, of.flatMap((fate) => fates[fate]), (row) => made(row, checked));
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
function corrections() {
  const changed = {};
  for (const input of at("bad").querySelectorAll("input")) {
    if (input.value !== input.defaultValue) (changed[input.dataset.row] ||= {})[input.name] = input.value;
  }
  return Object.keys(changed).length ? changed : null;
}

function cell(row, [name, value]) {
  const made = at("cell").content.firstElementChild.cloneNode(true);
  const input = made.querySelector("input");
  made.querySelector("span").textContent = columns[name] || name;
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
    if (cell.column) line.prepend(element("b", columns[cell.column] || cell.column), " ");
    made.querySelector(".why").append(line);
  }
  made.append(...Object.entries(row.cells).map((pair) => cell(row, pair)));
  return made;
}

// A row that will be signed, called `title`: in words made from what is signed, and the exact text,
// when it is opened.
export function good(row, checked, title) {
  const drafts = (row.drafts || [row.draft]).map((number) => checked.drafts[number]);
  const made = at("good-row").content.firstElementChild.cloneNode(true);
  made.querySelector(".row").textContent = _("Row %(row)s", { row: row.row });
  made.querySelector(".title").textContent = title;
  const details = made.querySelector("details");
  details.ontoggle = async () => {
    const place = made.querySelector("pre");
    if (!details.open || place.textContent) return;
    const bodies = contents({ drafts });
    place.textContent = bodies.map((body) => canonical.dumps(body)).join("\n\n");
    for (const [number, body] of bodies.entries()) {
      const draft = drafts[number];
      place.before(shown(body, checked.names, draft.subjects, await fieldsOf(body, draft.disclosures)));
    }
  };
  return made;
}
