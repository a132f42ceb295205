// ECDSA over P-256 as the format has it: r and s, 64 bytes, s in the lower half of the order.

const ORDER = bytes("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
const HALF = bytes("7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8");

// The same signature with s in the lower half; 64 bytes as WebCrypto gives them.
export function lowS(signature) {
  if (signature.length !== 64) throw new Error("not the 64 bytes of r and s");
  const normal = new Uint8Array(signature);
  const s = normal.subarray(32);
  if (compare(s, HALF) > 0) s.set(minus(ORDER, s));
  return normal;
}

// Big-endian bytes of equal length: below 0, 0 or above 0.
function compare(left, right) {
  for (let at = 0; at < left.length; at += 1) if (left[at] !== right[at]) return left[at] - right[at];
  return 0;
}

function minus(left, right) {
  const difference = new Uint8Array(left.length);
  let borrow = 0;
  for (let at = left.length - 1; at >= 0; at -= 1) {
    const digit = left[at] - right[at] - borrow;
    borrow = digit < 0 ? 1 : 0;
    difference[at] = digit & 255;
  }
  return difference;
}

function bytes(hex) {
  return new Uint8Array(hex.match(/../g).map((two) => parseInt(two, 16)));
}
