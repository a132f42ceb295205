// A whole table: signed into the store, then sent in arrays in their order, and closed at the end.
// Broken off in the middle of sending it goes on with the same bytes.

import { Problem, postText } from "../../sign/api.js";
import { decode, encode } from "../../sign/base64.js";
import * as canonical from "../../sign/canonical.js";
import { LINK, seal } from "../../sign/dsse.js";
import { headsOf, payloadOf, later, signAndSend } from "../../sign/link.js";
import * as store from "./table-store.js";

const ARRAY = 200; // entries; a server takes 1,000 and 8 MiB
const PAUSE = 3000; // ms

// What stops a table for good; what of it is sent stays.
export class Stopped extends Error {
  constructor(error) {
    super(error.message);
    this.error = error;
  }
}

// Sign a checked table, as the server answered it, with a key, and keep all of it; its record.
// `tell(done, all)` is called as it goes on. Nothing is sent.
export async function sign(checked, file, key, tell) {
  const { ledger, actor, sha256, size, type, closing, drafts } = checked;
  const began = Date.now();
  const set = { ledger, actor, drafts };
  const table = {
    id: `${actor} ${sha256}`,
    made: began,
    name: file.name,
    file: await file.arrayBuffer(),
    set: { ledger, actor, signed_at: checked.signed_at, drafts: [closing], names: {} },
    sha256,
    size,
    type,
    keyid: key.keyid,
    party: actor,
    count: drafts.length,
    // The file goes with an array of one link, so that both fit into a request.
    arrays: drafts.length ? 1 + Math.ceil((drafts.length - 1) / ARRAY) : 0,
  };
  await store.begin(table);
  for (let number = 0, at = 0; number < table.arrays; number += 1) {
    const part = drafts.slice(at, at + (number ? ARRAY : 1));
    const signedAt = later(checked.signed_at, Date.now() - began);
    const entries = [];
    // New items: the first link of each chain, one for each.
    for (const draft of part) {
      const payload = payloadOf(set, draft, {}, signedAt);
      entries.push(await seal(key, LINK, canonical.bytesOf(payload)));
    }
    await store.keep(table.id, number, entries);
    at += part.length;
    tell(at, drafts.length);
  }
  await store.note(table.id, { isWhole: true });
  return { ...table, isWhole: true, sent: 0 };
}

// Send what is left of a table and close it: the index of the closing statement. `key` is one of
// the party's; it signs the closing, and again what a key signed that is not good any more.
// `tell(done, all, isWaiting)` is called as it goes on. Stopped where it is refused.
export async function send(table, key, tell) {
  const done = (sent) => Math.min(table.count, sent ? 1 + (sent - 1) * ARRAY : 0);
  tell(done(table.sent), table.count, false);
  for (let number = table.sent; number < table.arrays; number += 1) {
    const entries = await store.entries(table.id, number);
    const file = number ? null : table.file;
    await patiently(() => sendArray(table, number, entries, file, key), () => tell(done(number), table.count, true));
    await store.note(table.id, { sent: number + 1 });
    tell(done(number + 1), table.count, false);
  }
  const closed = await patiently(
    () => close(table, key),
    () => tell(table.count, table.count, true),
  );
  await store.remove(table.id);
  return closed;
}

async function sendArray(table, number, entries, file, key, isAgain) {
  const elements = entries.map((entry, at) =>
    file && at === 0 ? { entry, attachments: [encode(new Uint8Array(file))] } : entry,
  );
  try {
    await postText("/api/v1/links?atomic=true", JSON.stringify(elements));
  } catch (error) {
    // Another tab or device was quicker with some of it; or its key is not good any more; or it
    // waited so long that it must be signed as of now.
    const rule = error instanceof Problem ? error.body.rule : null;
    const isOldKey = rule === "key" && table.keyid !== key.keyid;
    const isOld = rule === "time" && !isAgain;
    if (rule !== "chain" && !isOldKey && !isOld) throw error;
    const passed = Date.now() - table.made;
    const left = await signedAgain(table, entries, key, isOld && later(table.set.signed_at, passed));
    if (rule === "chain" && left.length === entries.length) throw error;
    await store.keep(table.id, number, left);
    if (left.length) await sendArray({ ...table, keyid: key.keyid }, number, left, file, key, true);
  }
}

// Of these entries those that are not there yet, signed with the present key, and as of `now`
// where that is given.
async function signedAgain(table, entries, key, now) {
  const left = [];
  for (const entry of entries) {
    const payload = JSON.parse(new TextDecoder().decode(decode(JSON.parse(entry).payload)));
    if (now) payload.signed_at = now;
    const { item } = payload.items[0];
    const heads = await headsOf(table.party, [item]);
    if (!heads[item]) left.push(await seal(key, LINK, canonical.bytesOf(payload)));
  }
  return left;
}

// The statement that closes a table. Where another device was quicker nothing is said twice.
async function close(table, key) {
  const draft = table.set.drafts[0];
  const subject = draft.subjects[0];
  if ((await headsOf(table.party, [subject]))[subject]) return null;
  const passed = Date.now() - table.made;
  const set = { ...table.set, signed_at: later(table.set.signed_at, passed) };
  const [receipt] = await signAndSend(set, key);
  return receipt.index;
}

// Try until there is an answer; what is refused stops it.
async function patiently(run, wait) {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const isLost = error.status === 0 || error.status === 429 || error.status >= 500;
      if (!isLost) throw new Stopped(error);
      wait();
      await pause(1000 * (error.body.retry_after || 0));
    }
  }
}

// A moment, at least so many ms, or until the network is back.
function pause(least) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.max(PAUSE, least));
    self.addEventListener("online", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}
