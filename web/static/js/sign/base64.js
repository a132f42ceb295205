// Base64 with exactly one spelling for each byte string (docs/format.md section 2).

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Standard padded base64 of a Uint8Array (RFC 4648 section 4).
export function encode(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const rest = bytes.length - at;
    const three = (bytes[at] << 16) | ((bytes[at + 1] || 0) << 8) | (bytes[at + 2] || 0);
    text += LETTERS[three >> 18] + LETTERS[(three >> 12) & 63];
    text += rest > 1 ? LETTERS[(three >> 6) & 63] : "=";
    text += rest > 2 ? LETTERS[three & 63] : "=";
  }
  return text;
}

// The bytes that `text` spells; an Error for any other spelling than `encode` gives.
export function decode(text) {
  const bare = text.replace(/={1,2}$/, "");
  if (text.length % 4 !== 0 || /[^A-Za-z0-9+/]/.test(bare)) throw new Error("not base64");
  const bytes = new Uint8Array(Math.floor((bare.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const letter of bare) {
    held = ((held << 6) | LETTERS.indexOf(letter)) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at] = (held >> bits) & 255;
      at += 1;
    }
  }
  if (encode(bytes) !== text) throw new Error("base64 in another spelling than its own");
  return bytes;
}

// Base64url without padding (RFC 4648 section 5).
export function encodeUrl(bytes) {
  return encode(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

// The bytes that base64url without padding spells; an Error for any other spelling.
export function decodeUrl(text) {
  if (/[^A-Za-z0-9_-]/.test(text) || text.length % 4 === 1) throw new Error("not base64url");
  const plain = text.replace(/-/g, "+").replace(/_/g, "/");
  return decode(plain.padEnd(Math.ceil(plain.length / 4) * 4, "="));
}
