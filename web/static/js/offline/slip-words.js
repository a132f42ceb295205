// What a slip's lines say in words, read from what is signed.

import { words } from "../pages/page.js";
import { _ } from "../sign/text.js";
import { preferred } from "./units.js";

// What is wrong with an answer, by what slip.js and mixing find.
export const WRONGS = {
  __proto__: null,
  number: _("Give a number, such as 25 or 25.5, of at most 9 digits and 6 decimals."),
  none: _("An amount over 0 is needed. What did not come at all is not here yet."),
  more: _("More than was sent cannot be refused."),
  absurd: _("That is over ten times what was sent. If it is right, press once more."),
  reason: _("Say why."),
  stock: _("There is not so much of it here."),
  units: _("Only what is measured in the same unit can be mixed."),
  name: _("Say what the basin is called."),
};

// So many lines.
export function counted(count) {
  return count === 1 ? _("1 line") : _("%(count)s lines", { count });
}

// What a line says that is not as on the slip; empty where all came as it was sent.
export function changes(line, answer) {
  const parts = [];
  if (answer.refused !== undefined && answer.took === undefined && String(answer.refused) === String(line.value)) {
    return _("Refused: %(reason)s", { reason: answer.reason });
  }
  if (answer.took !== undefined && (answer.difference || answer.refused !== undefined)) {
    parts.push(_("%(amount)s came", { amount: amount(line, String(answer.took)) }));
  }
  if (answer.difference) {
    const { value, reason } = answer.difference;
    const isLess = value.startsWith("-");
    const text = `${grouped(value.replace("-", ""))} ${base(line)}`;
    parts.push((isLess ? _("%(amount)s less", { amount: text }) : _("%(amount)s more", { amount: text })) + (reason ? ` (${reason})` : ""));
  }
  if (answer.refused !== undefined) {
    parts.push(
      answer.refused === null
        ? _("Refused: %(reason)s", { reason: answer.reason })
        : _("%(amount)s refused: %(reason)s", { amount: amount(line, String(answer.refused)), reason: answer.reason }),
    );
  }
  return parts.join(" · ");
}

function base(line) {
  return { kg: words.units.KGM, L: words.units.LTR, m: words.units.MTR, 1: words.units[""] }[line.unit];
}

// An amount of a line in the unit that is preferred; empty for a thing.
export function amount(line, value) {
  if (value === null) return "";
  const [digits, unit] = preferred(line, value);
  return `${grouped(digits)} ${unit}`;
}

function grouped(value) {
  const [whole, rest] = value.split(".");
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (rest ? `.${rest}` : "");
}
