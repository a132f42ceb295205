// Verifying an evidence file by itself under a trust file (docs/format.md section 9).

import { encodeUrl } from "../sign/base64.js";
import * as canonicalJson from "../sign/canonical.js";
import { LINK, POSSESSION, hex, sha256, utf8 } from "../sign/dsse.js";
import { Refused, bytesOf64, bytesOfUrl, checkEvent, checkMembers, demand, isDigest, isNewer, isObject,
  isText, isUri, isWhole } from "./forms.js";
import { itemSet, itemsIn } from "./items.js";
import { Checker, algorithm } from "./keys.js";
import { Ledger, pair } from "./ledger.js";
import { judge, outcome } from "./verdict.js";
import { cosigners, isIncluded, isMet, openCheckpoint, readKey, readPolicy } from "./log.js";

const ENVELOPE = /^\{"payload":"([A-Za-z0-9+/]*={0,2})","payloadType":"([!#-\[\]-~]+)","signatures":\[\{"keyid":"([0-9a-f]{64})","sig":"([A-Za-z0-9+/]*={0,2})"\}\]\}$/;

// What a file shows: {verdict, states, colour (section 10), item, size, time, cosigned, links, …,
// faults: [{rule, why, index}], open: [reason]}; of `holder`'s goods, if one is given.
export async function verify(bytes, trust, step = () => undefined, holder = null) {
  const checker = new Checker();
  const log = await readKey(trust.log, 1);
  const root = bytesOf64(trust.authority.spki);
  if (log === null || root === null) throw new Error("the trust file cannot be used");
  const policy = await readPolicy(trust.policy, log);
  const file = await readFile(bytes);
  if (file === null) return broken("file", "it is no evidence file in its one form");
  if (file.v > 2) return { ...broken("file", ""), verdict: "undecided", faults: [], open: ["newer"] };
  const at = await openCheckpoint(file.checkpoint, log, checker);
  const cosigned = at && policy ? await cosigners(at.opened, policy, log, checker) : [];
  if (at === null || cosigned === null) {
    return broken("checkpoint", at === null ? "the log has not signed this checkpoint"
      : "a witness's cosignature does not fit", file);
  }
  const reader = new FileReader(file, trust, checker, at);
  await reader.prepare(root, step);
  const faults = await reader.faults();
  const names = cosigned.map((witness) => witness.name);
  const open = [...reader.open];
  if (policy && !isMet(policy, names)) open.push("unwitnessed");
  for (const name of checker.lacks) open.push(`no ${name}`);
  const isBroken = faults.length > 0;
  const causes = [...faults.map(() => ["broken", "fault"]), ...(isBroken ? [] : open.map(() => ["undecided", "open"])),
    ...judge({ ...reader.contents(), holder, today: today(), isBroken })];
  const { states, colour } = outcome(causes);
  return {
    verdict: states[0],
    states,
    colour,
    causes,
    item: file.item,
    size: Number(at.size),
    cosigned: cosigned.map((witness) => ({ ...witness, isAuditing: (trust.auditing || []).includes(witness.name) })),
    asked: policy === null ? 0 : policy.witnesses.length + policy.others,
    time: policy === null ? null : metAt(policy, cosigned),
    faults,
    open,
    links: file.entries.map((record) => ({ index: record.index, hash: record.hash, link: record.link })),
    about: reader.about,
    signatures: checker.count,
    keys: reader.ledger.keys.size + 1,
    scopes: (file.scopes || []).length,
    parties: reader.ledger.parties,
  };
}

function broken(rule, why, file) {
  return {
    verdict: "broken", states: ["broken"], colour: "bad", causes: [["broken", rule]], item: file ? file.item : null, size: 0, cosigned: [], asked: 0, time: null,
    faults: [{ rule, why, index: null }], open: [], links: [], signatures: 0, keys: 0, scopes: 0,
    parties: new Map(),
  };
}

// The day in China, since 1970.
function today() {
  return Math.floor((Date.now() / 1000 + 8 * 3600) / 86400);
}

function metAt(policy, cosigned) {
  const names = [];
  for (const witness of [...cosigned].sort((first, second) => first.time - second.time)) {
    names.push(witness.name);
    if (policy.quorum !== "none" && isMet(policy, names)) return witness.time;
  }
  return null;
}

async function readFile(bytes) {
  let value;
  try {
    value = canonicalJson.parse(bytes);
  } catch (error) {
    return null;
  }
  const names = isObject(value) ? Object.keys(value) : [];
  if (names.length && isWhole(value.v) && value.v > 2) return value;
  const may = ["v", "item", "checkpoint", "entries", "attachments", "disclosures", "scopes", "runs"];
  const isFile = may.slice(0, 4).every((name) => names.includes(name)) && names.every((name) => may.includes(name))
    && (value.v === 2) === names.includes("runs") && [1, 2].includes(value.v) && isUri(value.item) && isText(value.checkpoint)
    && isFilled(value.entries) && value.entries.length <= 100000;
  if (!isFile) return null;
  for (const name of ["disclosures", "scopes", "runs"]) {
    if (names.includes(name) && !isFilled(value[name])) return null;
  }
  let last = -1;
  for (const record of value.entries) {
    if (!isExactly(record, ["entry", "index", "proof"]) || !isText(record.entry)) return null;
    if (!isWhole(record.index) || record.index <= last || !readProof(record)) return null;
    last = record.index;
  }
  let before = "";
  for (const scope of value.scopes || []) {
    if (!isExactly(scope, ["index", "item", "position", "proof"]) || !isUri(scope.item)) return null;
    if (!isWhole(scope.index) || !isWhole(scope.position) || !readProof(scope)) return null;
    const place = `${String(scope.index).padStart(16, "0")} ${scope.item}`;
    if (place <= before) return null;
    before = place;
  }
  if (!areRuns(value.runs || [])) return null;
  const disclosures = value.disclosures || [];
  if (!disclosures.every((part, at) => isText(part) && (at === 0 || disclosures[at - 1] < part))) return null;
  return (await areAttachments(value, names)) ? value : null;
}

// Whether each says what numbers of a chain are left out, in order of item, actor and number.
function areRuns(runs) {
  let last = "";
  for (const run of runs) {
    if (!isExactly(run, ["actor", "from", "item", "prev", "to"]) || !isUri(run.item) || !isUri(run.actor)) return false;
    const isSpan = isWhole(run.from) && isWhole(run.to) && run.from >= 1 && run.from <= run.to;
    const place = `${run.item} ${run.actor} ${String(run.from).padStart(16, "0")}`;
    if (!isSpan || !isDigest(run.prev) || place <= last) return false;
    last = place;
  }
  return runs.length <= 100000;
}

async function areAttachments(value, names) {
  if (!names.includes("attachments")) return true;
  if (!isObject(value.attachments) || !Object.keys(value.attachments).length) return false;
  for (const [name, text] of Object.entries(value.attachments)) {
    const data = bytesOf64(text);
    if (!isDigest(name) || data === null || hex(await sha256(data)) !== name) return false;
  }
  return true;
}

const isFilled = (value) => Array.isArray(value) && value.length > 0;
const isExactly = (value, names) => isObject(value) && Object.keys(value).sort().join() === names.join();

function readProof(proved) {
  if (!Array.isArray(proved.proof) || proved.proof.length > 64) return false;
  proved.steps = proved.proof.map(bytesOf64);
  return proved.steps.every((part) => part !== null && part.length === 32);
}

class FileReader {
  constructor(file, trust, checker, at) {
    Object.assign(this, { file, trust, checker, at, open: [] });
    this.spkis = new Map(); // keyid: spki
  }

  // Whatever takes time, for all entries at once: hashes, proofs, signatures.
  async prepare(root, step) {
    const { entries } = this.file;
    const rootKeyid = hex(await sha256(root));
    this.ledger = new Ledger(this.trust, rootKeyid);
    this.spkis.set(rootKeyid, root);
    for (const record of entries) open(record);
    await Promise.all(entries.map((record) => this.learn(record)));
    let done = 0;
    await Promise.all(entries.map(async (record) => {
      await this.check(record);
      done += 1;
      step(done, entries.length);
    }));
  }

  async learn(record) {
    const statement = record.link && record.link.statement;
    if (!statement || statement.type !== "key" || statement.op !== "enrol" || isNewer(statement)) return;
    const spki = bytesOf64(statement.spki);
    record.isOwnId = hex(await sha256(spki)) === statement.keyid;
    if (record.isOwnId && algorithm(spki) === statement.alg) this.spkis.set(statement.keyid, spki);
    else record.isOwnId = false;
  }

  async check(record) {
    const leaf = await sha256([0], utf8(record.entry));
    record.hash = hex(leaf);
    record.isLogged = await isIncluded(leaf, record.index, this.at.size, record.steps, this.at.root);
    if (!record.link) return;
    const spki = this.spkis.get(record.keyid);
    record.isSigned = spki ? await this.checker.isSealed(spki, LINK, record.payload, record.signature) : false;
    const statement = record.link.statement;
    if (!statement || isNewer(statement)) return;
    if (statement.type === "key" && statement.op === "enrol") record.isShown = await this.isShown(statement, record);
    if (statement.type === "origin") record.isOrigin = await this.isOrigin(statement);
    if (statement.type === "scripts") {
      const lines = statement.files.map((file) => `${file.name} ${file.sha256}\n`).join("");
      record.isRelease = hex(await sha256(utf8(lines))).startsWith(statement.release);
    }
  }

  // Whether an enrolment shows that somebody holds the key for this party; null: cannot say.
  async isShown(statement, record) {
    const shown = { entry: statement.possession };
    if (!record.isOwnId || !openEnvelope(shown, POSSESSION) || shown.keyid !== statement.keyid) return false;
    let claim;
    try {
      claim = canonicalJson.parse(shown.payload);
    } catch (error) {
      return false;
    }
    const nonce = isObject(claim) ? bytesOfUrl(claim.nonce) : null;
    const isClaim = nonce !== null && nonce.length === 16 && claim.ledger === this.ledger.origin
      && isExactly(claim, ["keyid", "ledger", "nonce", "party"]) && claim.party === statement.party
      && claim.keyid === statement.keyid;
    return isClaim && this.checker.isSealed(this.spkis.get(statement.keyid), POSSESSION, shown.payload, shown.signature);
  }

  async isOrigin(statement) {
    const log = await readKey(statement.log, 1);
    if (statement.ledger === this.ledger.origin || log === null || log.name !== statement.ledger) return false;
    return (await openCheckpoint(statement.checkpoint, log, this.checker)) !== null;
  }

  async faults() {
    const faults = [];
    const links = new Map();
    for (const record of this.file.entries) {
      for (const why of this.taken(record, links)) faults.push({ ...why, index: record.index });
    }
    const items = lineage(links, this.file.item);
    this.about = [...links.values()].filter((link) => link.items.some((part) => items.has(part.item))).length;
    const runs = this.file.runs || [];
    if (runs.length) this.open.push("cut");
    const missing = missingFrom(links, items, this.file.item, runs);
    // What cannot be read may be what is missing: that is for a newer program to say.
    if (this.isUnread) this.open.push(...missing.map((fault) => fault.why));
    else faults.push(...missing);
    faults.push(...this.beside(links), ...(await this.disclosed(links)));
    for (const scope of this.file.scopes || []) {
      const why = await scopeFault(scope, links.get(scope.index), items);
      if (why) faults.push({ rule: "scope", why, index: scope.index });
    }
    return faults;
  }

  // Take a link in; the rules that it breaks. What is in no log says nothing of keys and parties.
  taken(record, links) {
    const logged = record.isLogged ? [] : [{ rule: "log", why: "it does not stand in the log at this place" }];
    if (record.isNewer) this.open.push("newer");
    this.isUnread = this.isUnread || (record.isNewer && record.isLogged);
    if (record.fault) return [...logged, record.fault];
    if (record.isNewer || logged.length) return logged;
    links.set(record.index, record.link);
    if (record.link.statement && isNewer(record.link.statement)) this.open.push("newer");
    const ref = record.link.event_ref;
    if (ref && !Object.hasOwn(this.file.attachments || {}, ref.sha256)) this.open.push("unread");
    try {
      this.ledger.offer(record);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return [{ rule: error.rule, why: error.message }];
    }
    return [];
  }

  // What section 10 asks: of a file without a fault every link broke no rule.
  contents() {
    const known = this.file.entries.filter((record) => this.ledger.signers.has(record.index));
    return {
      links: new Map(known.map((record) => [record.index, record.link])),
      hashes: new Map(known.map((record) => [record.index, record.hash])),
      item: this.file.item,
      ledger: this.ledger,
      scopes: this.file.scopes || [],
    };
  }

  // Attachments must be ones that the file's links name, bodies of events what the links say.
  beside(links) {
    const named = new Set();
    const faults = [];
    const attached = this.file.attachments || {};
    for (const [index, link] of links) {
      for (const ref of [link.document, link.event_ref]) if (ref) named.add(ref.sha256);
      const name = link.event_ref && link.event_ref.sha256;
      if (name && Object.hasOwn(attached, name) && !isBody(bytesOf64(attached[name]), link)) {
        faults.push({ rule: "attachment", why: "the event by reference does not fit", index });
      }
    }
    return [...faults, ...Object.keys(attached).filter((name) => !named.has(name)).map(
      (name) => ({ rule: "attachment", why: `no link of the file names ${name}`, index: null }),
    )];
  }

  // And disclosures ones that they commit to.
  async disclosed(links) {
    const hidden = new Set();
    for (const link of links.values()) {
      const commitment = (link.event || link.statement || {})["suyuan:private"];
      if (isObject(commitment) && Array.isArray(commitment._sd)) commitment._sd.forEach((digest) => hidden.add(digest));
    }
    const all = this.file.disclosures || [];
    const digests = await Promise.all(all.map(async (text) => encodeUrl(await sha256(utf8(text)))));
    return digests.flatMap((digest, number) => (hidden.has(digest) ? []
      : [{ rule: "disclosure", why: `no link of the file commits to disclosure ${number}`, index: null }]));
  }
}

// Whether bytes of the right hash are the event that a link names: its size, form, a run of its items.
function isBody(bytes, link) {
  let event;
  try {
    event = canonicalJson.parse(bytes);
    demand(isObject(event), "members", "no event");
    checkEvent(event);
  } catch (error) {
    return false;
  }
  const items = itemSet(event);
  const own = link.items.map((part) => part.item).join("\n");
  const runs = items.length ? [] : [link.actor];
  for (let at = 0; at < items.length; at += 150) runs.push(items.slice(at, at + 150).join("\n"));
  return bytes.length === link.event_ref.size && runs.includes(own);
}

// Read an entry: its envelope's parts and its link, or the rule that its bytes break.
function open(record) {
  try {
    if (utf8(record.entry).length > 65535) throw new Refused("size", "over 65,535 bytes");
    if (!openEnvelope(record, LINK)) throw new Refused("encoding", "not the envelope's one encoding");
    let link;
    try {
      link = canonicalJson.parse(record.payload);
    } catch (error) {
      throw new Refused("payload", `what is signed is ${error.message}`);
    }
    record.isNewer = isObject(link) && isWhole(link.v) && link.v > 1;
    if (record.isNewer) return;
    checkMembers(link);
    record.link = link;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    record.fault = { rule: error.rule, why: error.message };
  }
}

function openEnvelope(sealed, type) {
  const match = ENVELOPE.exec(sealed.entry);
  if (!match || match[2] !== type) return false;
  [sealed.payload, sealed.keyid, sealed.signature] = [bytesOf64(match[1]), match[3], bytesOf64(match[4])];
  return sealed.payload !== null && sealed.signature !== null;
}

async function scopeFault(scope, link, items) {
  const statement = link && link.statement;
  if (statement && isNewer(statement)) return null;
  if (!statement || !["hold", "recall"].includes(statement.type) || statement.list === undefined) {
    return "no hold or recall with a list of items is there";
  }
  if (!items.has(scope.item)) return `${scope.item} is not of this file`;
  const root = new Uint8Array(statement.root.match(/../g).map((two) => parseInt(two, 16)));
  const leaf = await sha256([0], utf8(scope.item));
  const isListed = await isIncluded(leaf, scope.position, BigInt(statement.count), scope.steps, root);
  return isListed ? null : `the list does not name ${scope.item} there`;
}

// The items that the file is about: `item`, and what joins it.
function lineage(links, item) {
  const items = new Set([item]);
  const about = new Map();
  for (const link of links.values()) {
    for (const part of link.items) {
      if (!about.has(part.item)) about.set(part.item, []);
      about.get(part.item).push(link);
    }
  }
  for (const here of items) { // a Set is walked on to what is added meanwhile
    for (const link of about.get(here) || []) {
      for (const other of inside(link.event || {}, here)) items.add(other);
      for (const part of link.after) {
        const named = part.ledger === undefined ? links.get(part.index) : undefined;
        const names = named ? named.items.map((ref) => ref.item) : [];
        if (!names.includes(here)) names.forEach((name) => items.add(name));
      }
    }
  }
  return items;
}

function inside(event, item) {
  const children = itemsIn(event, ["childEPCs", "childQuantityList"]);
  const parent = itemsIn(event, ["parentID"]);
  const items = [];
  if (itemsIn(event, ["outputEPCList", "outputQuantityList"]).has(item)) {
    items.push(...itemsIn(event, ["inputEPCList", "inputQuantityList"]));
  }
  if (event.action === "DELETE") items.push(...(children.has(item) ? parent : []));
  else if (parent.has(item)) items.push(...children);
  return items;
}

// What the closure asks for and the file has not, and what it does not; `runs` are left out.
function missingFrom(links, items, item, runs) {
  const [faults, needed, numbers, absent] = [[], new Map(), new Map(), new Map()];
  let isAbout = false;
  const isNeeded = (part, link) => items.has(part.item) || link.statement !== undefined;
  for (const link of links.values()) {
    for (const part of link.items) {
      const key = pair(part.item, link.actor);
      isAbout = isAbout || part.item === item;
      if (!numbers.has(key)) numbers.set(key, new Map());
      numbers.get(key).set(part.seq, part.prev);
      if (isNeeded(part, link)) needed.set(key, Math.max(part.seq, needed.get(key) || 0));
    }
  }
  if (!isAbout) faults.push({ rule: "item", why: `no link of the file is about ${item}`, index: null });
  for (const run of runs) {
    const key = pair(run.item, run.actor);
    const there = numbers.get(key) || new Map();
    if (!absent.has(key)) {
      const all = [...there.keys()].sort((first, second) => first - second);
      absent.set(key, { runs: [], next: new Map(all.map((seq, at) => [seq, all[at + 1]])) });
    }
    const { runs: left, next } = absent.get(key);
    const isBetween = next.get(run.from - 1) === run.to + 1 && run.to < (needed.get(key) || 0);
    if (isBetween && there.get(run.to + 1) === run.prev) left.push(run);
    else faults.push({ rule: "chain", why: `numbers ${run.from} to ${run.to} of ${run.actor} about ${run.item} are not as they are said to be left out`, index: null });
  }
  for (const [key, last] of needed) {
    const there = [...numbers.get(key).keys()].filter((seq) => seq <= last).length;
    const left = absent.has(key) ? absent.get(key).runs : [];
    if (there + left.reduce((sum, run) => sum + run.to - run.from + 1, 0) === last + 1) continue;
    const ends = new Map(left.map((run) => [run.from, run.to]));
    let seq = 0;
    while (numbers.get(key).has(seq) || ends.has(seq)) seq = (ends.has(seq) ? ends.get(seq) : seq) + 1;
    const [subject, actor] = key.split("\0");
    faults.push({ rule: "chain", why: `number ${seq} of ${actor} about ${subject} is not in the file`, index: null });
  }
  for (const [index, link] of links) {
    const absent = link.after.find((part) => part.ledger === undefined && !links.has(part.index));
    if (absent && link.items.some((part) => items.has(part.item))) {
      faults.push({ rule: "after", why: `index ${absent.index}, which it follows, is not in the file`, index });
    }
    const reach = (part) => needed.has(pair(part.item, link.actor)) && part.seq <= needed.get(pair(part.item, link.actor));
    if (!link.items.some(reach)) faults.push({ rule: "item", why: "it has nothing to do with the item", index });
  }
  return faults;
}
