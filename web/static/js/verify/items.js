// Identifiers of items, and codes (docs/format.md section 3).

import { hex, sha256, utf8 } from "../sign/dsse.js";
import { EPCS, QUANTITIES, isText, isUri } from "./forms.js";

const NO_ITEMS = /^urn:epc:(idpat:|id:(sgln|pgln|grai|giai|gsrn|gsrnp|gdti|sgcn):)/;
const QUALIFIERS = new Map(Object.entries({
  414: ["254", "7040"], 417: ["7040"], 8003: [], 8004: ["7040"], 8018: ["8019"], 8017: ["8019"],
  253: [], 255: [],
}));
const TRADE = "https://id.gs1.org/01/";
const UNIT = "https://id.gs1.org/00/";
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

// The item's URI that an identifier stands for; null where it is no item.
export function canonical(name) {
  const uri = spelled(name);
  return uri !== null && isUri(uri) ? uri : null;
}

// The identifiers in these lists of an event.
export function namesIn(event, lists) {
  return lists.flatMap((list) => (event[list] || []).map((part) => (isText(part) ? part : part.epcClass)));
}

// The items of these lists, as canonical URIs.
export function itemsIn(event, lists) {
  const names = lists.flatMap((list) => (list === "parentID"
    ? (Object.hasOwn(event, list) ? [event.parentID] : []) : namesIn(event, [list])));
  return new Set(names.map(canonical).filter((item) => item !== null));
}

// An event's items: sorted, each once. They are ASCII, so their order is that of their bytes.
export function itemSet(event) {
  return [...itemsIn(event, [...EPCS, ...QUANTITIES, "parentID"])].sort();
}

// Whether a text is a trace code with a right check character (ISO 7064, hybrid).
export function isCode(text) {
  return /^[0-9A-HJKMNP-TV-Z]{16}$/.test(text) && check(text.slice(0, 15)) === text[15];
}

// The code of bytes: the first 75 bits of their SHA-256, and a check character.
export async function codeOf(bytes) {
  const bits = BigInt(`0x${hex(await sha256(bytes))}`) >> 181n;
  let body = "";
  for (let at = 14n; at >= 0n; at -= 1n) body += CROCKFORD[Number((bits >> (5n * at)) & 31n)];
  return body + check(body);
}

// The code of one actor's chain about an item.
export function codeOfChain(item, actor) {
  return codeOf(utf8(`${item}\0${actor}`));
}

function check(body) {
  let product = 32;
  for (const letter of body) {
    const sum = (product + CROCKFORD.indexOf(letter)) % 32;
    product = ((sum === 0 ? 32 : sum) * 2) % 33;
  }
  return CROCKFORD[(33 - product) % 32];
}

function checkDigit(digits) {
  let total = 0;
  [...digits].reverse().forEach((digit, at) => { total += Number(digit) * (at % 2 ? 1 : 3); });
  return String((10 - (total % 10)) % 10);
}

function isKey(text, length) {
  return new RegExp(`^[0-9]{${length}}$`).test(text);
}

function isChecked(key) {
  return checkDigit(key.slice(0, -1)) === key.slice(-1);
}

function keyOf(prefix, rest, length) {
  if (!/^[0-9]{6,12}$/.test(prefix) || !/^[0-9]+$/.test(rest)) return null;
  const digits = rest[0] + prefix + rest.slice(1);
  return digits.length === length - 1 ? digits + checkDigit(digits) : null;
}

// Percent-decoded, then encoded; null for a wrong escape.
function recode(value) {
  let out = "";
  const raw = utf8(value);
  for (let at = 0; at < raw.length; at += 1) {
    let byte = raw[at];
    if (byte === 0x25) {
      const digits = String.fromCharCode(...raw.slice(at + 1, at + 3));
      if (!/^[0-9A-Fa-f]{2}$/.test(digits)) return null;
      byte = parseInt(digits, 16);
      at += 2;
    }
    const letter = String.fromCharCode(byte);
    out += /[-A-Za-z0-9._~]/.test(letter) ? letter : `%${hex([byte]).toUpperCase()}`;
  }
  return out;
}

function spelled(name) {
  if (NO_ITEMS.test(name)) return null;
  for (const [start, key] of [["urn:epc:class:lgtin:", "/10/"], ["urn:epc:id:sgtin:", "/21/"]]) {
    if (name.startsWith(start)) return fromUrn(name, name.slice(start.length), key);
  }
  if (name.startsWith("urn:epc:id:sscc:")) {
    const parts = name.slice(16).split(".");
    const key = parts.length === 2 ? keyOf(parts[0], parts[1], 18) : null;
    return key === null ? name : UNIT + key;
  }
  const match = /^https?:\/\/([^]*)$/i.exec(name);
  const [host, ...path] = match ? match[1].split("#")[0].split("?")[0].split("/") : [""];
  return host === "" ? name : fromPath(name, path);
}

function fromUrn(name, text, ai) {
  const [prefix, rest, ...more] = text.split(".");
  const value = more.join(".");
  const key = more.length && value !== "" ? keyOf(prefix, rest, 14) : null;
  const recoded = key === null ? null : recode(value);
  return recoded === null ? name : TRADE + key + ai + recoded;
}

function fromPath(name, path) {
  const [ai, last] = path.slice(-2);
  if (path.length >= 2 && ai === "00" && isKey(last, 18)) return isChecked(last) ? UNIT + last : name;
  const values = new Map();
  let left = path;
  for (const key of ["21", "10", "22"]) {
    if (left.length >= 2 && left[left.length - 2] === key && left[left.length - 1] !== "") {
      values.set(key, recode(left[left.length - 1]));
      left = left.slice(0, -2);
    }
  }
  const [before, gtin] = left.slice(-2);
  if (left.length >= 2 && before === "01" && isKey(gtin, 14)) {
    if (!isChecked(gtin) || [...values.values()].includes(null)) return name;
    if (values.has("21")) return `${TRADE}${gtin}/21/${values.get("21")}`;
    return values.has("10") ? `${TRADE}${gtin}/10/${values.get("10")}` : null;
  }
  if (path.length >= 2 && QUALIFIERS.has(ai) && last) return null;
  if (path.length >= 4 && QUALIFIERS.has(path[path.length - 4]) && path[path.length - 3] && last) {
    return QUALIFIERS.get(path[path.length - 4]).includes(ai) ? null : name;
  }
  return name;
}
