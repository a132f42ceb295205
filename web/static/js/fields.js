// What is wrong with what was typed, said beside its field; what was typed stays.

import { Problem } from "./api.js";
import { fill } from "./words.js";

export const more = JSON.parse(document.body.dataset.more);

// Take all marks off a form.
export function clear(form) {
  for (const one of form.querySelectorAll("[aria-invalid]")) one.removeAttribute("aria-invalid");
  for (const one of form.querySelectorAll(".field-wrong")) one.textContent = "";
}

// The cells that a refused draft says are wrong; null where it was refused for anything else.
export function cellsOf(error) {
  const isOfCells = error instanceof Problem && error.status === 422 && Array.isArray(error.body.cells);
  return isOfCells ? error.body.cells : null;
}

// A cell's text: what is wrong, and what would be right.
export function textOf(cell) {
  return fill(more.wrong, { what: cell.what, fix: cell.fix });
}

// Mark one place with a text, which stands in `said`.
export function mark(place, said, text) {
  said.textContent = said.textContent ? `${said.textContent} ${text}` : text;
  place.setAttribute("aria-invalid", "true");
}

// Mark the fields of a form by their ids; what has no field of its own is said at `fallback`.
// The first that is wrong has the focus.
export function markAll(form, cells, fallback) {
  clear(form);
  let first = null;
  for (const cell of cells) {
    const id = document.getElementById(`${cell.column}-wrong`) ? cell.column : fallback;
    const place = document.getElementById(id);
    mark(place, document.getElementById(`${id}-wrong`), textOf(cell));
    for (let part = place.closest("details"); part; part = null) part.open = true;
    if (place.closest("[hidden]")) place.closest("[hidden]").hidden = false;
    first = first || place;
  }
  if (first) (first.matches("fieldset") ? first.querySelector("input") : first).focus();
  return first !== null;
}

// The page's path of the API, in the page's language.
export function inLanguage(path) {
  const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
  return `${path}?lang=${language}`;
}
