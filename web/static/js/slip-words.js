// What a slip's lines say in words, read from what is signed.

import { more } from "./outbox-view.js";
import { words } from "./page.js";
import { fill } from "./words.js";

// So many lines.
export function counted(count) {
  return count === 1 ? more.row : fill(more.rows, { count });
}

// What a line says that is not as on the slip; empty where all came as it was sent.
export function changes(line, one) {
  const parts = [];
  if (one.refused !== undefined && one.took === undefined && String(one.refused) === String(line.value)) {
    return fill(more.refused_all, { reason: one.reason });
  }
  if (one.took !== undefined && (one.difference || one.refused !== undefined)) {
    parts.push(fill(more.took, { amount: amount(line, String(one.took)) }));
  }
  if (one.difference) {
    const { value, reason } = one.difference;
    const isLess = value.startsWith("-");
    const text = `${grouped(value.replace("-", ""))} ${base(line)}`;
    parts.push(fill(isLess ? more.less : more.more, { amount: text }) + (reason ? ` (${reason})` : ""));
  }
  if (one.refused !== undefined) {
    parts.push(
      one.refused === null
        ? fill(more.refused_all, { reason: one.reason })
        : fill(more.refused, { amount: amount(line, String(one.refused)), reason: one.reason }),
    );
  }
  return parts.join(" · ");
}

function base(line) {
  return { kg: words.units.KGM, L: words.units.LTR, m: words.units.MTR, 1: words.units[""] }[line.unit];
}

// An amount as the slip has it, with its unit; empty for a thing.
export function amount(line, value) {
  return value === null ? "" : `${grouped(value)} ${line.words}`;
}

function grouped(value) {
  const [whole, rest] = value.split(".");
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (rest ? `.${rest}` : "");
}
