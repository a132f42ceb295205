// Trace codes (docs/format.md section 3): 75 random bits in Crockford's base32 and a check character.

import { sha256, utf8 } from "../sign/dsse.js";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH = 15;

// The code of 15 letters: with ISO 7064's check character by hybrid recursion over 32 characters.
export function withCheck(body) {
  const size = ALPHABET.length;
  let check = size / 2;
  for (const letter of body) check = (((check || size) * 2) % (size + 1) + ALPHABET.indexOf(letter)) % size;
  const last = (1 - (((check || size) * 2) % (size + 1)) + size) % size;
  return body + ALPHABET[last];
}

// A new code: each of its letters has 5 random bits.
export function newCode() {
  const bytes = crypto.getRandomValues(new Uint8Array(LENGTH));
  return withCheck(Array.from(bytes, (byte) => ALPHABET[byte & 31]).join(""));
}

// The code of one actor's chain of an item, which its labels carry.
export async function ofChain(item, actor) {
  const digest = await sha256(utf8(`${item}\0${actor}`));
  const bits = Array.from(digest.slice(0, 10), (byte) => byte.toString(2).padStart(8, "0")).join("");
  return withCheck(bits.slice(0, 5 * LENGTH).match(/.{5}/g).map((five) => ALPHABET[parseInt(five, 2)]).join(""));
}

// The URI of a new item with this code.
export function uriOf(code, host) {
  return `https://${host}/t/${code}`;
}
