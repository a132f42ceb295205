// Which public keys are good, and what they verify (docs/format.md section 2, "Valid signatures").

import { hex, pae } from "../sign/dsse.js";

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = mod(-121665n * power(121666n, P - 2n));
const ROOT = power(2n, (P - 1n) / 4n); // of -1
const ED = "302a300506032b6570032100";
const EC = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";
const P256 = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B256 = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const HALF = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n / 2n;

// The SubjectPublicKeyInfo of a raw Ed25519 key of 32 bytes.
export function edSpki(raw) {
  const spki = new Uint8Array(44);
  for (let at = 0; at < 12; at += 1) spki[at] = parseInt(ED.slice(2 * at, 2 * at + 2), 16);
  spki.set(raw, 12);
  return spki;
}

// "Ed25519" or "ECDSA-P256" where these bytes are the one form of such a key, canonical and of
// prime order; null for anything else.
export function algorithm(spki) {
  const text = hex(spki);
  if (spki.length === 44 && text.startsWith(ED)) return isGoodPoint(spki.slice(12)) ? "Ed25519" : null;
  if (spki.length !== 91 || !text.startsWith(EC)) return null;
  const [x, y] = [BigInt(`0x${text.slice(54, 118)}`), BigInt(`0x${text.slice(118)}`)];
  const isOn = x < P256 && y < P256 && (y * y - x * x * x + 3n * x - B256) % P256 === 0n;
  return isOn ? "ECDSA-P256" : null;
}

// Verifies signatures by WebCrypto; keys are imported once each.
export class Checker {
  constructor() {
    this.keys = new Map();
    this.count = 0;
    this.lacks = new Set(); // algorithms that this browser has not
  }

  // Whether a signature by the key of `spki` over the message is valid; null where the browser
  // cannot say.
  async isValid(spki, message, signature) {
    if (signature.length !== 64) return false;
    const isEd = spki.length === 44;
    if (!(isEd ? isEdForm(signature) : isEcForm(signature))) return false;
    const how = isEd ? { name: "Ed25519" } : { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
    const name = hex(spki);
    if (!this.keys.has(name)) {
      this.keys.set(name, crypto.subtle.importKey("spki", spki, how, false, ["verify"]));
    }
    let key;
    try {
      key = await this.keys.get(name);
    } catch (error) {
      if (error.name !== "NotSupportedError" && !(await lacksEd(isEd))) return false;
      this.lacks.add(isEd ? "Ed25519" : "ECDSA-P256");
      return null;
    }
    this.count += 1;
    return crypto.subtle.verify(how, key, signature, message);
  }

  // The same of a DSSE envelope's parts.
  isSealed(spki, type, payload, signature) {
    return this.isValid(spki, pae(type, payload), signature);
  }
}

let hasEd = null;

async function lacksEd(isEd) {
  if (!isEd) return false;
  if (hasEd === null) {
    const base = edSpki(new Uint8Array(32).fill(0x66));
    base[12] = 0x58;
    hasEd = crypto.subtle.importKey("spki", base, { name: "Ed25519" }, false, ["verify"])
      .then(() => true, () => false);
  }
  return !(await hasEd);
}

function isEdForm(signature) {
  return little(signature.slice(32)) < L && little(signature.slice(0, 32)) % 2n ** 255n < P;
}

function isEcForm(signature) {
  const s = BigInt(`0x${hex(signature.slice(32))}`);
  return s > 0n && s <= HALF;
}

function little(bytes) {
  return BigInt(`0x${hex(bytes.slice().reverse())}`);
}

function mod(value) {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}

function power(base, exponent) {
  let [product, square] = [1n, mod(base)];
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) product = (product * square) % P;
    square = (square * square) % P;
  }
  return product;
}

// RFC 8032 sections 5.1.3 and 5.1.4: decoded, and L times it is the neutral point.
function isGoodPoint(raw) {
  const number = little(raw);
  const y = number % 2n ** 255n;
  if (y >= P) return false;
  const [u, v] = [mod(y * y - 1n), mod(D * y * y + 1n)];
  let x = mod(u * v ** 3n) * power(mod(u * v ** 7n), (P - 5n) / 8n);
  x = mod(x);
  if (mod(v * x * x) === mod(-u)) x = mod(x * ROOT);
  if (mod(v * x * x) !== u || (x === 0n && number >> 255n)) return false;
  let [point, total] = [[x, y, 1n, mod(x * y)], [0n, 1n, 1n, 0n]];
  for (let left = L; left > 0n; left >>= 1n) {
    if (left & 1n) total = plus(total, point);
    point = plus(point, point);
  }
  return !(x === 0n && y === 1n) && total[0] === 0n && total[1] === total[2];
}

function plus(p, q) {
  const a = mod((p[1] - p[0]) * (q[1] - q[0]));
  const b = mod((p[1] + p[0]) * (q[1] + q[0]));
  const c = mod(2n * p[3] * q[3] * D);
  const d = mod(2n * p[2] * q[2]);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}
