// Forms whose values the server examines one by one: what is wrong stands beside its field.

import { Problem } from "./api.js";
import { at, busy, fail } from "./page.js";

// Let a form be submitted, once a script answers it: before that its values would be lost.
export function answer(form, button, submitted) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(button, submitted);
  });
  button.disabled = false;
}

// Say beside a field what is wrong, and go there; of the others nothing. `field` null: all is well.
export function wrong(fields, field, text) {
  for (const name of fields) {
    if (!at(name)) continue;
    at(name).removeAttribute("aria-invalid");
    at(`${name}-wrong`).textContent = "";
  }
  if (field === null) return;
  at(`${field}-wrong`).textContent = text;
  const place = at(field).matches("fieldset") ? at(field).querySelector("input") : at(field);
  if (place === at(field)) place.setAttribute("aria-invalid", "true");
  place.focus();
}

// What the server found wrong, beside its field; anything else as page.js says it.
export function failBeside(fields, words, error) {
  const field = error instanceof Problem && error.status < 500 ? error.body.field : null;
  if (!fields.includes(field) || !at(field)) return fail(error);
  wrong(fields, field, [words[field], error.message].filter(Boolean).join(" "));
}

// The lines of a text that are not empty.
export function lines(text) {
  return text.split(/[\r\n]+/).map((line) => line.trim()).filter(Boolean);
}

// SHA-256 of a chosen file, in lower-case hex; empty where none is chosen.
export async function sha256Of(input) {
  const file = input.files[0];
  if (!file) return "";
  const found = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  return Array.from(found, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
