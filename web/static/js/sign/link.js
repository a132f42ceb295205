// Links: built from a draft, signed here, and sent; signed again where another was quicker.

import { Problem, post, postText } from "./api.js";
import * as canonical from "./canonical.js";
import { LINK, linkHash, seal } from "./dsse.js";

const TRIES = 20;
const RESENT = 4;
const PAUSE = 700; // ms

// What a set of drafts says, by one actor:
// {ledger, actor, signed_at, drafts: [{subjects, after, event | event_ref | statement, document?,
// attachments?, disclosures?}]}. With its entry go `attachments` in base64, what the link names by
// its SHA-256, and `disclosures` of what it hides, [{disclosure, audience}].
// `signed_at` is the server's time when the drafts were made.

// The payloads' parts that are shown before anything is signed: all but the places in chains.
export function contents(set) {
  return set.drafts.map((draft) => bodyOf(draft));
}

// The present heads of an actor's chains about subjects, by subject; null for one not begun.
export async function headsOf(actor, subjects) {
  const wanted = subjects.map((item) => ({ item, actor }));
  const { chains } = await post("/api/v1/heads", wanted);
  const heads = {};
  for (const chain of chains) heads[chain.item] = chain.head;
  return heads;
}

// The payload that says a draft next in each chain that it extends. `heads` is by subject.
export function payloadOf(set, draft, heads, signedAt) {
  const items = draft.subjects.map((item) => {
    const head = heads[item];
    return head ? { item, seq: head.seq + 1, prev: head.hash } : { item, seq: 0, prev: null };
  });
  return {
    v: 1,
    ledger: set.ledger,
    actor: set.actor,
    signed_at: signedAt,
    items,
    after: draft.after,
    ...bodyOf(draft),
  };
}

// The entries of a set of drafts in their order, each building on the ones before it.
export async function sign(set, key, heads, signedAt) {
  const known = { ...heads };
  const entries = [];
  for (const draft of set.drafts) {
    const payload = payloadOf(set, draft, known, signedAt);
    const entry = await seal(key, LINK, canonical.bytesOf(payload));
    const hash = await linkHash(entry);
    for (const part of payload.items) known[part.item] = { seq: part.seq, hash };
    entries.push({ entry, hash, payload, ...besideOf(draft) });
  }
  return entries;
}

// Sign a set of drafts with a key and append them, all or none; their receipts.
// Where another device of the actor was quicker, signs again with the present heads, unseen.
// Problem where it is refused for anything else.
export async function signAndSend(set, key) {
  if (set.ledger !== key.ledger) throw new Error(`drafts for ${set.ledger}, not ${key.ledger}`);
  const began = Date.now();
  const subjects = [...new Set(set.drafts.flatMap((draft) => draft.subjects))];
  let heads = await headsOf(set.actor, subjects);
  for (let attempt = 1; ; attempt += 1) {
    const signed = await sign(set, key, heads, later(set.signed_at, Date.now() - began));
    try {
      return checked(signed, await send(signed));
    } catch (error) {
      const isLate = error instanceof Problem && error.body.rule === "chain";
      if (!isLate || attempt === TRIES) throw error;
      const isOne = signed.length === 1 && error.body.heads;
      heads = isOne ? { ...heads, ...error.body.heads } : await headsOf(set.actor, subjects);
    }
  }
}

// An answer that was lost is no refusal: the same bytes are sent again, and are one link.
async function send(signed) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      if (signed.length === 1) return [await postText("/api/v1/links", textOf(signed[0]))];
      const entries = JSON.stringify(signed.map(sentOf));
      return await postText("/api/v1/links?atomic=true", entries);
    } catch (error) {
      const isLost = error instanceof Problem && (error.status === 0 || error.status === 503);
      if (!isLost || attempt === RESENT) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}

// What goes with a draft's entry; nothing for most.
function besideOf({ attachments = [], disclosures = [] }) {
  return { ...(attachments.length && { attachments }), ...(disclosures.length && { disclosures }) };
}

// An entry as it is sent in an array: its text, or an object of it and what goes with it.
export function sentOf({ entry, attachments, disclosures }) {
  const beside = besideOf({ attachments, disclosures });
  return Object.keys(beside).length ? { entry, ...beside } : entry;
}

// The same, sent alone.
export function textOf(signed) {
  const sent = sentOf(signed);
  return typeof sent === "string" ? sent : JSON.stringify(sent);
}

// A receipt for other bytes than were signed here is none.
export function checked(signed, receipts) {
  signed.forEach((link, at) => {
    if (!receipts[at] || receipts[at].hash !== link.hash) {
      throw new Error("the receipt is for another link than the one that was signed here");
    }
  });
  return receipts;
}

function bodyOf(draft) {
  const body = {};
  for (const name of ["document", "event", "event_ref", "statement"]) {
    if (draft[name] !== undefined && draft[name] !== null) body[name] = draft[name];
  }
  return body;
}

// The UTC second so many milliseconds after another.
export function later(second, passed) {
  return `${new Date(Date.parse(second) + passed).toISOString().slice(0, 19)}Z`;
}
