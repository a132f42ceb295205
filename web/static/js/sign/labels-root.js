// What a `labels` statement commits to: the RFC 6962 root over serials in byte order, one leaf each.

import { hex, utf8 } from "./dsse.js";

// The root in hex; serials are ASCII, so that byte order is JavaScript's.
export async function rootOf(serials) {
  const leaves = [...serials].sort().map((serial) => hash([0], utf8(serial)));
  return hex(await tree(await Promise.all(leaves)));
}

async function tree(hashes) {
  if (hashes.length === 1) return hashes[0];
  let half = 1;
  while (half * 2 < hashes.length) half *= 2;
  return hash([1], await tree(hashes.slice(0, half)), await tree(hashes.slice(half)));
}

async function hash(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) {
    all.set(part, end);
    end += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", all));
}
