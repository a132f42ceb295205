// What a `labels` statement commits to: the RFC 6962 root over serials in byte order, one leaf each.

import { hex, sha256, utf8 } from "./dsse.js";

// The root in hex; serials are ASCII, so that byte order is JavaScript's.
export async function rootOf(serials) {
  const leaves = [...serials].sort().map((serial) => sha256([0], utf8(serial)));
  return hex(await tree(await Promise.all(leaves)));
}

async function tree(hashes) {
  if (hashes.length === 1) return hashes[0];
  let half = 1;
  while (half * 2 < hashes.length) half *= 2;
  return sha256([1], await tree(hashes.slice(0, half)), await tree(hashes.slice(half)));
}
