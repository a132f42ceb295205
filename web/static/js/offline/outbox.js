// The outbox: what one has signed waits here for a minute, with its exact bytes, and is then sent.
//
// A record: {id, ledger, party, keyid, title, set, entries, hashes, heads, made, due, state, …}.
// `set` is what was signed, as link.js takes it; `entries` the texts to send; `heads` where the
// chains end once they are recorded; `after` the dispatches that it answers, [{index, items}];
// `lang` is the language of its title: that of the page on which it was signed.
// `card` and `standing` what pages/trader/arrivals.js needs to correct it, `corrects` the record that it
// corrects. `photos`, [{sha256, blob, salt?}], are sent before the entries and let go of once all is sent;
// `beside` has for each entry what goes with it: disclosures of its hidden fields, attachments.
// `state` is `held` (it may still be undone, unless it `is_tried`), `sent` with its `indexes`, `refused` with the `rule`, or `stale`: another device of the party had answered.

import { Problem, post, postBlob, postForm, postText } from "../sign/api.js";
import { random } from "../sign/disclosed.js";
import { hex } from "../sign/dsse.js";
import * as keys from "../sign/keys.js";
import { checked, headsOf, later, sentOf, sign, textOf } from "../sign/link.js";
import { sendLater } from "./offline-page.js";
import * as store from "./outbox-store.js";

export const DELAY = 60000; // ms: so long one may undo
const LEASE = 30000; // ms: after which another tab may send what this one meant to
const PAUSE = 15000; // ms between tries where there is no answer
const KEPT = 86400000; // ms: so long what was sent is remembered
const TRIES = 20;

// The records of a party, in the order in which they were signed.
export async function records(ledger, party) {
  return (await store.all()).filter((record) => record.ledger === ledger && record.party === party);
}

// Sign a set of drafts and keep it to be sent after DELAY; its record. `known` are heads of chains
// by item as the page has them; what is in the outbox already goes on from there. `more` has the
// record's `title`, and its `after`, `card`, `standing` and `corrects` where it has them.
export async function keep(set, key, known, more) {
  const heads = { ...known };
  for (const earlier of await records(set.ledger, set.actor)) {
    if (earlier.state === "held" || earlier.state === "sent") Object.assign(heads, newer(heads, earlier.heads));
  }
  const signed = await sign(set, key, heads, set.signed_at);
  const now = Date.now();
  const record = {
    id: `${now}-${hex(random(8))}`,
    ledger: set.ledger,
    party: set.actor,
    keyid: key.keyid,
    after: [],
    lang: document.documentElement.lang,
    ...more,
    set,
    ...bytesOf(signed),
    made: now,
    due: now + DELAY,
    state: "held",
    is_tried: false,
    claim: null,
    retry: 0,
  };
  await store.put(record);
  sendLater();
  return record;
}

// Whether a record may be undone: nobody has begun to send it.
export function isUndoable(record) {
  return record.state === "held" && !record.is_tried;
}

// Drop what was not sent yet; whether it was dropped.
export async function undo(id) {
  return (await store.change(id, (record) => (isUndoable(record) ? null : undefined))) === null;
}

// Send a record at once.
export async function sendNow(id) {
  await store.change(id, (record) => (record.state === "held" ? { ...record, due: 0, retry: 0 } : undefined));
  if (running !== null) await running; // which did not know of it
  return flush();
}

// Take a record that came to nothing out of the list.
export function dismiss(id) {
  return store.change(id, (record) => (record.state === "held" ? undefined : null));
}

// Whether what was signed waited too long, and may be signed anew with today's time.
export function isOld(record) {
  return record.state === "refused" && record.rule === "time";
}

// Sign such a record again as of now, and send it.
export async function renew(id) {
  await store.change(id, (record) => (isOld(record) ? { ...renewed(record), state: "held", is_old: true } : undefined));
  return flush(true);
}

// The same made now, by the server's clock as far as this device knows it.
function renewed(record) {
  const made = Date.now();
  const signedAt = later(record.set.signed_at, made - record.made);
  return { ...record, set: { ...record.set, signed_at: signedAt }, made, due: 0, retry: 0 };
}

// Milliseconds until a record is sent; 0 where it is due. A clock that was put back sends at once.
export function left(record, now = Date.now()) {
  return now < record.made ? 0 : Math.max(0, record.due - now);
}

// Heads of chains that are farther than the ones that are known.
function newer(known, heads) {
  const fresh = {};
  for (const [item, head] of Object.entries(heads)) {
    if (!known[item] || known[item].seq < head.seq) fresh[item] = head;
  }
  return fresh;
}

let running = null;

// Send what is due, in the order in which it was signed. `isNow`: also what waits between tries.
export function flush(isNow) {
  if (running === null) {
    running = sendAll(Boolean(isNow)).finally(() => {
      running = null;
    });
  }
  return running;
}

async function sendAll(isNow) {
  for (const queued of await store.all()) {
    const now = Date.now();
    if (queued.state === "sent" && now - queued.made > KEPT) await dismiss(queued.id);
    const isDue = queued.state === "held" && left(queued, now) === 0 && (isNow || queued.retry <= now);
    if (!isDue || navigator.onLine === false) continue;
    const token = hex(random(8));
    const claim = await store.change(queued.id, (record) => claimed(record, token, now));
    if (claim && (await sendOne(claim, token)) === "lost") return;
  }
}

// A record taken for sending; undefined where it was undone or another tab is at it.
function claimed(record, token, now) {
  if (record.state !== "held") return undefined;
  const { claim } = record;
  if (claim && now >= claim.at && now - claim.at < LEASE) return undefined;
  return { ...record, is_tried: true, claim: { token, at: now } };
}

async function sendOne(record, token) {
  // Another tab may have taken it over meanwhile: then what this one found out counts no more.
  const settle = (values) =>
    store.change(record.id, (stored) =>
      stored.claim && stored.claim.token === token ? { ...stored, ...values } : undefined,
    );
  let current = record;
  for (let attempt = 1; ; attempt += 1) {
    try {
      if (current.is_old) {
        current = await again(current, settle);
        if (!current || current.state === "stale") return current;
      }
      const receipts = await send(current);
      checked(current.hashes.map((hash) => ({ hash })), receipts);
      const indexes = receipts.map((receipt) => receipt.index);
      return settle({ state: "sent", claim: null, photos: [], beside: [], set: bare(current.set), indexes });
    } catch (error) {
      if (isLost(error)) {
        // A server that says when says so by the rule `pace`: nothing that waits behind goes first.
        const wait = 1000 * (error.body.retry_after || 0);
        await settle({ claim: null, retry: Date.now() + Math.max(PAUSE, wait), status: error.status });
        return "lost";
      }
      const isLate = error instanceof Problem && error.body.rule === "chain" && attempt < TRIES;
      if (!isLate) return settle({ claim: null, state: "refused", ...why(error) });
    }
    try {
      current = await again(current, settle);
      if (!current || current.state === "stale") return current;
    } catch (error) {
      if (error instanceof Problem) {
        await settle({ claim: null, retry: Date.now() + PAUSE, status: error.status });
        return "lost";
      }
      return settle({ claim: null, state: "refused", ...why(error) });
    }
  }
}

// The record signed again, kept before it is sent: whoever goes on after this tab sends the same
// bytes. A stale one where what it answers was answered meanwhile.
async function again(record, settle) {
  if (!(await isOpen(record))) return settle({ claim: null, state: "stale" });
  return settle({ ...(await signedAgain(record)), is_old: false });
}

// A set without what its drafts hide: who uses the browser next reads none of that.
function bare(set) {
  return { ...set, drafts: set.drafts.map(({ disclosures, ...draft }) => draft) };
}

async function send({ entries, photos = [], beside = [] }) {
  for (const { sha256, blob, salt } of photos) {
    const path = "/api/v1/attachments";
    const stored = await (salt ? postForm(path, { file: blob, salt }) : postBlob(path, blob));
    if (stored.sha256 !== sha256) throw new Error("another photo was kept than the one that was sent");
  }
  const sent = entries.map((entry, at) => ({ entry, ...beside[at] }));
  if (sent.length === 1) return postText("/api/v1/links", textOf(sent[0])).then((receipt) => [receipt]);
  return postText("/api/v1/links?atomic=true", JSON.stringify(sent.map(sentOf)));
}

// No answer is no refusal: the same bytes are sent again later, and are one link. Nor is 401, which
// its photos meet where one is signed out by now.
function isLost(error) {
  if (!(error instanceof Problem)) return false;
  return [0, 401, 429].includes(error.status) || error.status >= 500;
}

function why(error) {
  if (!(error instanceof Problem)) return { rule: null, detail: error.message };
  return { rule: error.body.rule || null, detail: error.message, status: error.status };
}

// The same links after the present heads: only the places in the chains change.
async function signedAgain(record) {
  const key = await keys.find(record.keyid);
  if (key === null) throw new Error("the key that signed this is not in this browser any more");
  const subjects = [...new Set(record.set.drafts.flatMap((draft) => draft.subjects))];
  const heads = await headsOf(record.party, subjects);
  return bytesOf(await sign(record.set, key, heads, record.set.signed_at));
}

// Whether all that a record answers waits for an answer still. What another device of this party
// has answered would be taken in twice.
async function isOpen(record) {
  for (const { index, items } of record.after) {
    try {
      const body = { party: record.party, all: true };
      const { drafts } = await post(`/api/v1/arrivals/${index}/draft`, body);
      const open = new Set(drafts.flatMap((draft) => draft.items.map((place) => place.item)));
      if (!items.every((item) => open.has(item))) return false;
    } catch (error) {
      if (error instanceof Problem && error.status === 422) return false;
      throw error;
    }
  }
  return true;
}

function bytesOf(signed) {
  const heads = {};
  for (const link of signed) {
    for (const part of link.payload.items) heads[part.item] = { seq: part.seq, hash: link.hash };
  }
  return {
    entries: signed.map((link) => link.entry),
    hashes: signed.map((link) => link.hash),
    beside: signed.map(({ attachments, disclosures }) => ({ attachments, disclosures })),
    heads,
  };
}
