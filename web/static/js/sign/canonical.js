// JSON in exactly one spelling: RFC 8785, with what docs/format.md section 2 excludes refused.

const MAX_DEPTH = 64;
const MAX_INTEGER = Number.MAX_SAFE_INTEGER;

// The RFC 8785 text of a value; an Error for what has none, or may stand in no payload.
export function dumps(value) {
  return write(value, 0);
}

// The RFC 8785 form in UTF-8.
export function bytesOf(value) {
  return new TextEncoder().encode(dumps(value));
}

// The value that bytes spell, which must be its own RFC 8785 form; an Error for anything else.
export function parse(bytes) {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  const value = JSON.parse(text);
  if (dumps(value) !== text) throw new Error("not its own RFC 8785 form");
  return value;
}

function write(value, depth) {
  if (value === null || value === true || value === false) return String(value);
  if (typeof value === "string") return string(value);
  if (typeof value === "number") return number(value);
  if (typeof value !== "object") throw new Error(`no JSON: ${typeof value}`);
  if (depth === MAX_DEPTH) throw new Error(`objects and arrays nested over ${MAX_DEPTH} deep`);
  if (Array.isArray(value)) return `[${value.map((part) => write(part, depth + 1)).join(",")}]`;
  // Keys in the order of their UTF-16 units, which is how JavaScript compares strings.
  const members = Object.keys(value).sort();
  const written = members.map((name) => `${string(name)}:${write(value[name], depth + 1)}`);
  return `{${written.join(",")}}`;
}

function string(text) {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 0) throw new Error("U+0000 in a string");
    if (unit < 0xd800 || unit > 0xdfff) continue;
    const next = text.charCodeAt(at + 1);
    if (unit > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) throw new Error("a lone surrogate");
    at += 1;
  }
  return JSON.stringify(text);
}

function number(value) {
  if (!Number.isFinite(value)) throw new Error("a number that is not finite");
  const text = JSON.stringify(value);
  if (!/[.e]/.test(text) && Math.abs(value) > MAX_INTEGER) {
    throw new Error(`the number ${text} lies beyond 2^53 - 1`);
  }
  return text;
}
