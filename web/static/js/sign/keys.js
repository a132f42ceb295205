// Keys in this browser: made by WebCrypto, not extractable, kept in IndexedDB.

import { encode } from "./base64.js";
import { keyid } from "./dsse.js";
import { lowS } from "./p256.js";
import * as store from "./store.js";

const ALGORITHMS = {
  Ed25519: { make: { name: "Ed25519" }, sign: { name: "Ed25519" } },
  "ECDSA-P256": {
    make: { name: "ECDSA", namedCurve: "P-256" },
    sign: { name: "ECDSA", hash: "SHA-256" },
  },
};
const PROBE = new Uint8Array([115, 117, 121, 117, 97, 110]);

// Why no key can be made or kept here; `reason` is "insecure", "algorithms" or "storage".
export class NoKeys extends Error {
  constructor(reason) {
    super(`no keys in this browser: ${reason}`);
    this.reason = reason;
  }
}

// A key of this browser's: who it is for, and how to sign with it.
export class Key {
  constructor(record) {
    this.keyid = record.keyid;
    this.alg = record.alg;
    this.spki = record.spki; // base64
    this.party = record.party;
    this.name = record.name; // the party's, when the key was made
    this.ledger = record.ledger;
    this.pair = record.pair;
  }

  // A signature over these bytes: 64 bytes; for P-256 with s in the lower half.
  async sign(message) {
    const how = ALGORITHMS[this.alg].sign;
    const made = new Uint8Array(await crypto.subtle.sign(how, this.pair.privateKey, message));
    return this.alg === "Ed25519" ? made : lowS(made);
  }
}

// A fresh key for a party of a ledger, kept in this browser: Ed25519, else ECDSA P-256.
// It has signed once after it was read back, so that what is enrolled can be used. NoKeys where
// neither works.
export async function make(party, ledger, name) {
  require();
  let isKept = true;
  for (const alg of Object.keys(ALGORITHMS)) {
    let pair;
    try {
      pair = await crypto.subtle.generateKey(ALGORITHMS[alg].make, false, ["sign", "verify"]);
      await tried(alg, pair);
    } catch (error) {
      continue;
    }
    const spki = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
    const record = { keyid: await keyid(spki), alg, spki: encode(spki), party, name, ledger, pair };
    try {
      await store.put(record);
      await tried(alg, (await store.get(record.keyid)).pair);
    } catch (error) {
      isKept = false; // some browsers keep one kind of key and not the other
      await store.remove(record.keyid).catch(() => undefined);
      continue;
    }
    await persist();
    return new Key(record);
  }
  throw new NoKeys(isKept ? "algorithms" : "storage");
}

// The keys of a ledger that this browser keeps, in the order in which they were made.
export async function all(ledger) {
  require();
  let records;
  try {
    records = await store.all();
  } catch (error) {
    throw new NoKeys("storage");
  }
  return records.filter((record) => record.ledger === ledger).map((record) => new Key(record));
}

// The key with this id; null where this browser does not keep it.
export async function find(id) {
  require();
  const record = await store.get(id).catch(() => null);
  return record ? new Key(record) : null;
}

// Forget a key, as one that was never enrolled.
export async function forget(id) {
  await store.remove(id);
}

// Ask that what is kept here is not cleared when space is short.
export async function persist() {
  try {
    await navigator.storage.persist();
  } catch (error) {
    // A browser that cannot be asked: `isPersistent` says so.
  }
}

// Whether what is kept here stays until somebody clears it.
export async function isPersistent() {
  try {
    return await navigator.storage.persisted();
  } catch (error) {
    return false;
  }
}

function require() {
  if (!self.crypto || !crypto.subtle) throw new NoKeys("insecure");
  if (!self.indexedDB) throw new NoKeys("storage");
}

async function tried(alg, pair) {
  const how = ALGORITHMS[alg].sign;
  const signature = await crypto.subtle.sign(how, pair.privateKey, PROBE);
  if (!(await crypto.subtle.verify(how, pair.publicKey, signature, PROBE))) {
    throw new Error(`${alg} does not verify what it signed`);
  }
}
