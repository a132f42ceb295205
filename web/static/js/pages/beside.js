// Forms whose values the server examines one by one: what is wrong stands beside its field.

import { Problem } from "../sign/api.js";
import { hex, sha256 } from "../sign/dsse.js";
import { at, busy, element, fail, say } from "./page.js";
import { _ } from "../sign/text.js";

// Let a form be submitted, once a script answers it: before that its values would be lost.
export function answer(form, button, submitted) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(button, submitted);
  });
  button.disabled = false;
}

// Take away all that a form says of its fields.
export function clear(form) {
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  for (const place of form.querySelectorAll(".field-wrong")) place.textContent = "";
}

// What the server found wrong with the values of a draft: {field, mistake, detail} each; none where
// it refused the draft for anything else.
export function mistakesOf(error) {
  if (!(error instanceof Problem) || error.status >= 500) return [];
  const { field, mistakes } = error.body;
  return mistakes || (field ? [{ field, detail: error.message }] : []);
}

// Say every mistake beside its field; the first of those fields has the focus. `placeOf` a mistake
// is {mark, says}, null where the form has no field for it; `textOf` is {text, exact}: the page's
// words, and the server's own where they say more. Answers those that have no place.
export function sayAll(mistakes, placeOf, textOf) {
  const left = [];
  const marked = [];
  for (const mistake of mistakes) {
    const place = placeOf(mistake);
    if (place) marked.push(sayOne(place, textOf(mistake)));
    else left.push(mistake);
  }
  marked.sort((first, second) => (first.compareDocumentPosition(second) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
  if (marked.length) marked[0].focus();
  return left;
}

// Answers what takes the focus: of a group its first, which is not marked, as none of it is wrong.
function sayOne({ mark, says }, { text, exact }) {
  says.append(says.textContent && " ", text || "");
  if (exact) {
    says.append(element("span", ` ${exact}`, "exact"));
  }
  const field = mark.matches("fieldset") ? mark.querySelector("input") : mark;
  const isOfGroup = field !== mark || field.type === "checkbox" || field.type === "radio";
  if (!isOfGroup) field.setAttribute("aria-invalid", "true");
  for (let folded = field.closest("details"); folded; folded = folded.parentElement.closest("details")) folded.open = true;
  return field;
}

// Say all that is wrong with a refused draft: beside its fields, and what has none as page.js says
// it, `special` as `fail` takes it.
export function failAt(error, placeOf, textOf, special) {
  const mistakes = mistakesOf(error);
  const left = sayAll(mistakes, placeOf, textOf);
  if (left.length === mistakes.length) fail(error, special);
  else if (left.length) say(_("That did not work."), true, left.map((mistake) => mistake.detail).join("; "));
}

// The same of a form whose fields have the server's names as ids; `texts` are by field.
export function failBeside(form, texts, error) {
  const placeOf = ({ field }) => {
    const mark = at(field);
    return mark && form.contains(mark) && at(`${field}-wrong`) ? { mark, says: at(`${field}-wrong`) } : null;
  };
  failAt(error, placeOf, ({ field, detail }) => ({ text: texts[field], exact: detail }));
}

// The lines of a text that are not empty.
export function lines(text) {
  return text.split(/[\r\n]+/).map((line) => line.trim()).filter(Boolean);
}

// SHA-256 of a chosen file, in lower-case hex; empty where none is chosen.
export async function sha256Of(input) {
  const file = input.files[0];
  return file ? hex(await sha256(new Uint8Array(await file.arrayBuffer()))) : "";
}
