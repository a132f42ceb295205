// Hidden fields: salted digests in what is signed, and the disclosures that they are the digests
// of (RFC 9901, docs/format.md section 7).

import { decodeUrl, encodeUrl } from "./base64.js";
import * as canonical from "./canonical.js";
import { sha256, utf8 } from "./dsse.js";

const PRIVATE = "suyuan:private";
const ROUND = 8; // digests, decoys among them

// The stored string that shows a value at a JSON Pointer.
export function disclosureOf(pointer, value) {
  return encodeUrl(canonical.bytesOf([encodeUrl(random(16)), pointer, value]));
}

// What stands in `suyuan:private` for these disclosures.
export async function commitmentOf(stored) {
  const digests = await Promise.all(stored.map(digestOf));
  while (digests.length % ROUND) digests.push(encodeUrl(random(32)));
  return { _sd: digests.sort() };
}

// The disclosures of a link's body, read and compared with its digests: [{pointer, member, value, audience}].
// Error where one is none, or where its digest is not among the body's: it would not be signed.
export async function fieldsOf(body, disclosures = []) {
  const signed = (body.event || body.statement || {})[PRIVATE];
  const digests = new Set(signed ? signed._sd : []);
  return Promise.all(disclosures.map(async ({ disclosure, audience }) => {
    if (!digests.has(await digestOf(disclosure))) {
      throw new Error("a hidden field is not the one that would be signed");
    }
    const [, pointer, value] = canonical.parse(decodeUrl(disclosure));
    const member = pointer.slice(pointer.lastIndexOf("/") + 1).replace(/~1/g, "/").replace(/~0/g, "~");
    return { pointer, member, value, audience };
  }));
}

export function random(count) {
  return crypto.getRandomValues(new Uint8Array(count));
}

async function digestOf(text) {
  return encodeUrl(await sha256(utf8(text)));
}
