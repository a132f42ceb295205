// Signing in: a signature over this server's challenge, of a type that can be nothing else.

import { post } from "./api.js";
import * as canonical from "./canonical.js";
import { POSSESSION, SIGN_IN, seal } from "./dsse.js";
import { encodeUrl } from "./base64.js";

// Sign in with a key of this browser's; the answer says who one is. Problem where it is refused.
export async function signIn(key) {
  const answer = await post("/api/v1/session/challenge", {});
  const challenge = { ledger: answer.ledger, host: answer.host, nonce: answer.nonce, expiry: answer.expiry };
  // A challenge of another ledger or another site is not this one's to ask.
  if (challenge.ledger !== key.ledger || challenge.host !== location.host) {
    throw new Error(`a challenge for ${challenge.host}, ${challenge.ledger}`);
  }
  const envelope = await seal(key, SIGN_IN, canonical.bytesOf(challenge));
  return post("/api/v1/session", { envelope });
}

// The envelope by which a new key shows that somebody holds it, for its party.
export function possession(key) {
  const nonce = encodeUrl(crypto.getRandomValues(new Uint8Array(16)));
  const payload = { ledger: key.ledger, party: key.party, keyid: key.keyid, nonce };
  return seal(key, POSSESSION, canonical.bytesOf(payload));
}
