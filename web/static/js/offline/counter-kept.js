// What this phone has looked up, so that it can be looked at without a network: for a day.

import { remember, remembered } from "./memory.js";

const NAME = "suyuan-counter";
const MOST = 20;
const LASTS = 86400000; // ms

// Keep a view under what was typed or scanned for it.
export function keep(keyid, code, view) {
  const others = all(keyid).filter((seen) => keyOf(seen.view) !== keyOf(view));
  remember(NAME, { keyid, views: [{ asked: code, at: Date.now(), view }, ...others].slice(0, MOST) });
}

// What was looked up with this key within a day, newest first: [{asked, at, view}].
export function all(keyid) {
  const memory = remembered(NAME) || {};
  if (memory.keyid !== keyid) return [];
  return memory.views.filter((seen) => Date.now() - seen.at < LASTS);
}

// The newest view of what was typed or scanned: by the text, or the code that stands in it.
export function find(keyid, code) {
  const wanted = bare(code);
  return all(keyid).find((seen) => [seen.asked, seen.view.code, seen.view.item].some((text) => bare(text) === wanted)) || null;
}

// Let go of what was looked up with any other key than this one; of all for null.
export function forget(keyid) {
  try {
    if ((remembered(NAME) || {}).keyid !== keyid) localStorage.removeItem(NAME);
  } catch (error) {
    // a browser that keeps none
  }
}

function keyOf(view) {
  return `${view.item} ${view.holder ? view.holder.uri : ""}`;
}

// A code as it is compared: out of a label's URL, however it was typed.
function bare(text) {
  const label = /\/t\/([^/?#]+)/i.exec(text);
  const plain = (label ? label[1] : text).toUpperCase();
  return plain.includes(":") ? plain : plain.replace(/[\s-]/g, "").replace(/[IL]/g, "1").replace(/O/g, "0");
}
