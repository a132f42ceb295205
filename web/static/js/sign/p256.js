// ECDSA over P-256 as the format has it: r and s, 64 bytes, s in the lower half of the order.

const ORDER = bytes("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
const HALF = bytes("7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8");

// The same signature with s in the lower half; 64 bytes as WebCrypto gives them.
export function lowS(signature) {
  if (signature.length !== 64) throw new Error("not the 64 bytes of r and s");
  const found = new Uint8Array(signature);
  const s = found.subarray(32);
  if (compare(s, HALF) > 0) s.set(minus(ORDER, s));
  return found;
}

// Big-endian bytes of equal length: below 0, 0 or above 0.
function compare(one, two) {
  for (let at = 0; at < one.length; at += 1) if (one[at] !== two[at]) return one[at] - two[at];
  return 0;
}

function minus(one, two) {
  const found = new Uint8Array(one.length);
  let borrow = 0;
  for (let at = one.length - 1; at >= 0; at -= 1) {
    const digit = one[at] - two[at] - borrow;
    borrow = digit < 0 ? 1 : 0;
    found[at] = digit & 255;
  }
  return found;
}

function bytes(hex) {
  return new Uint8Array(hex.match(/../g).map((two) => parseInt(two, 16)));
}
