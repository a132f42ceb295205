// DSSE envelopes of exactly one encoding, with exactly one signature (docs/format.md section 2).

import { encode } from "./base64.js";

export const LINK = "application/vnd.suyuan.link+json";
export const POSSESSION = "application/vnd.suyuan.possession+json";
export const SIGN_IN = "application/vnd.suyuan.sign-in+json";

// DSSE's pre-authentication encoding: the bytes that are signed.
export function pae(type, payload) {
  const head = utf8(`DSSEv1 ${utf8(type).length} ${type} ${payload.length} `);
  return joined([head, payload]);
}

// The text of an envelope: its only valid encoding.
export function envelope(type, payload, keyid, signature) {
  const signed = `"signatures":[{"keyid":"${keyid}","sig":"${encode(signature)}"}]`;
  return `{"payload":"${encode(payload)}","payloadType":"${type}",${signed}}`;
}

// `payload` signed by a key of keys.js: the envelope's text.
export async function seal(key, type, payload) {
  return envelope(type, payload, key.keyid, await key.sign(pae(type, payload)));
}

// The id of a key: SHA-256 of its DER SubjectPublicKeyInfo, in hex.
export async function keyid(spki) {
  return hex(await sha256(spki));
}

// SHA-256(0x00 || entry) in hex: the RFC 6962 leaf hash of an entry's text.
export async function linkHash(entry) {
  return hex(await sha256([0], utf8(entry)));
}

// Lower-case hex of bytes.
export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function utf8(text) {
  return new TextEncoder().encode(text);
}

// SHA-256 of bytes, one part after the other.
export async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined(parts)));
}

function joined(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) {
    all.set(part, end);
    end += part.length;
  }
  return all;
}
