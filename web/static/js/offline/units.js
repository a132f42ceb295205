// The units in which an amount of a line may be said: 斤 or 箱 beside the number, in millionths of the
// base unit each. What is signed is the line's own unit, exactly.

import { microOf, textOf, typed } from "./slip.js";
import { _ } from "../sign/text.js";


// The units of a line as [words, millionths], the preferred first; its own where it has no others.
export function unitsOf(line) {
  return line.units && line.units.length ? line.units : [[line.words, line.per]];
}

// Let an amount be typed in a unit of the line: `form` has .number, .unit and .of-unit, which says
// in which. `value`, if there is one, stands there first. Answers what gives the amount that is
// there in the line's own unit: empty where it is no number, or not exact.
export function amountIn(form, line, value) {
  const [number, select, says] = [".number", ".unit", ".of-unit"].map((name) => form.querySelector(name));
  const units = unitsOf(line);
  select.replaceChildren(...units.map(([words, per]) => new Option(words, per === null ? "" : per)));
  select.closest("label").hidden = units.length < 2;
  const say = () => {
    says.textContent = _("Amount in %(unit)s", { unit: select.selectedOptions[0].textContent });
  };
  select.addEventListener("change", say);
  say();
  if (value !== undefined && value !== null) number.value = preferred(line, value)[0];
  return () => inOwn(line, typed(number.value), select.value || line.per);
}

// An amount that was typed in a unit, in the line's own; empty where it is none, or not exact.
export function inOwn(line, text, per) {
  if (line.per === null) return text;
  return converted(text, BigInt(per), BigInt(line.per)) || "";
}

// The same the other way: the line's own amount in a unit.
export function inUnit(line, text, per) {
  return converted(text, BigInt(line.per), BigInt(per));
}

// An amount of a line in the preferred unit, [digits, words]; in its own where that is not exact.
export function preferred(line, value) {
  const [words, per] = unitsOf(line)[0];
  const digits = line.per === null ? null : inUnit(line, value, per);
  return digits === null ? [value, line.words] : [digits, words];
}

function converted(text, from, to) {
  const micro = microOf(text);
  if (micro === null) return null;
  const product = BigInt(micro) * from;
  const own = product / to;
  return product % to || own > BigInt(Number.MAX_SAFE_INTEGER) ? null : textOf(Number(own));
}
