// What is wrong with what was typed, said beside its field; what was typed stays.

import { Problem } from "../sign/api.js";
import { clear, sayAll } from "./beside.js";
import { _ } from "../sign/text.js";

// The cells that a refused draft says are wrong; null where it was refused for anything else.
export function cellsOf(error) {
  const isOfCells = error instanceof Problem && error.status === 422 && Array.isArray(error.body.cells);
  return isOfCells ? error.body.cells : null;
}

// A cell's text: what is wrong, and what would be right.
export function textOf(cell) {
  return _("%(what)s – %(fix)s", { what: cell.what, fix: cell.fix });
}

// Mark one place with a text, which stands in `says`.
export function mark(place, says, text) {
  says.textContent = says.textContent ? `${says.textContent} ${text}` : text;
  place.setAttribute("aria-invalid", "true");
}

// Mark the fields of a form by their ids; what has no field of its own stands at `fallback`.
// The first that is wrong has the focus.
export function markAll(form, cells, fallback) {
  clear(form);
  const placeOf = ({ column }) => {
    const id = document.getElementById(`${column}-wrong`) ? column : fallback;
    const mark = document.getElementById(id);
    if (mark.closest("[hidden]")) mark.closest("[hidden]").hidden = false;
    return { mark, says: document.getElementById(`${id}-wrong`) };
  };
  sayAll(cells, placeOf, (cell) => ({ text: textOf(cell) }));
  return cells.length > 0;
}
