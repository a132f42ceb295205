// The rules of sections 4 and 5 over the links that one has; hashes and signatures: file.js.

import { Refused, demand, isDivision, isNewer, isText } from "./forms.js";
import { canonical, isCode, itemSet, itemsIn } from "./items.js";
import { STATEMENTS, bare, rolesOf } from "../vocabulary.js";

const ENDING = ["release", "close", "withdraw", "reveal", "abort"];
const OF_ITS_ACTOR = ["plan", "extend", ...ENDING];
const BEGINNING = ["place", "order", "open", "commit"];
const OFFICIAL = ["case", "draw"];
const UNDER_URI = ["hold", "recall", ...OFFICIAL];
const LATER = ["party change", "party leave", "registrar appoint", "key enrol", "mandate give"];

export class Ledger {
  constructor(trust, rootKeyid) {
    this.origin = trust.log.split("+")[0];
    this.host = trust.host;
    this.authority = trust.authority.party;
    this.rootKeyid = rootKeyid;
    this.hashes = new Map(); // index: hash
    this.actors = new Map(); // index: actor, of what could be read
    this.heads = new Map(); // subject and actor: {seq, hash}
    this.parties = new Map();
    this.keys = new Map();
    this.remits = new Map();
    this.mandates = [];
    this.coders = new Map();
    this.acts = new Map();
    this.granted = new Map(); // party: roles by the authority's own newest registration
    this.owned = new Map(); // URI of a prefix, place or product: the newest statement on whose it is
    this.signers = new Map(); // index: keyid, of what broke no rule
  }

  // By the authority's own registration.
  isOfficer(party) {
    return party === this.authority || this.hasRole(party, rolesOf("officer"));
  }

  // Whose work a party does: its own, or its office's.
  officeFor(party) {
    if (this.isOfficer(party)) return party;
    const { office } = this.parties.get(party) || {};
    return office && this.isHere(party) && this.isHere(office) && this.isOfficer(office) ? office : null;
  }

  isExaminer(party) {
    return this.hasRole(party, rolesOf("examines"));
  }

  hasRole(party, roles) {
    return (this.granted.get(party) || []).some((role) => roles.includes(role));
  }

  // Whether the authority assigned a GS1 item to another than the actor or its firm.
  isForeign(item, actor) {
    const match = /^https:\/\/id\.gs1\.org\/(?:01\/([0-9]{14})|00\/([0-9]{18}))(?:\/|$)/.exec(item);
    const digits = match ? (match[1] || match[2]).slice(1) : "";
    const uris = [item, ...(match && match[1] ? [`https://id.gs1.org/01/${match[1]}`] : [])];
    for (let length = 12; digits && !digits.startsWith("00000") && length >= 7; length -= 1) {
      uris.push(`urn:suyuan:prefix:${digits.slice(0, length)}`);
    }
    const ownership = uris.map((uri) => this.owned.get(uri)).find((stated) => stated && stated.op !== "end");
    const firm = (this.parties.get(actor) || {}).partOf;
    return Boolean(ownership) && ownership.op === "assign" && ownership.party !== actor && ownership.party !== firm;
  }

  // Take a link in; of one that breaks a rule (Refused) only its place in its chains counts.
  offer(record) {
    const { link, index } = record;
    this.size = index;
    this.hashes.set(index, record.hash);
    try {
      this.decide(record);
      this.signers.set(index, record.keyid);
      if (!isNewer(link.statement)) this.apply(link, index);
    } finally {
      for (const part of link.items) {
        this.heads.set(pair(part.item, link.actor), { seq: part.seq, hash: record.hash });
      }
      this.actors.set(index, link.actor);
    }
  }

  decide(record) {
    const { link } = record;
    demand(link.ledger === this.origin, "ledger", `it is for ${link.ledger}`);
    this.checkKey(link, record.keyid);
    demand(record.isSigned !== false, "signature", `the signature by key ${record.keyid.slice(0, 16)}… does not fit`);
    this.checkChain(link);
    if (!isNewer(link.statement)) checkItems(link);
    this.checkAfter(link);
    if (isNewer(link.statement)) return;
    this.checkAuthority(link);
    if (link.statement) this.checkStatement(link.actor, link.statement, record);
    for (const item of this.coded(link)) {
      const coder = this.coders.get(item);
      demand(coder === undefined || coder === link.actor, "coding", `${item} was coded by ${coder}`);
    }
  }

  isHere(party) {
    return this.parties.has(party) && this.parties.get(party).isHere;
  }

  goodKeys(party) {
    const good = [...this.keys].filter(([, key]) => key.party === party && key.isGood);
    return good.map(([keyid]) => keyid).sort();
  }

  checkKey(link, keyid) {
    const { actor } = link;
    const why = `key ${keyid.slice(0, 16)}… was not enrolled for ${actor} before it signed`;
    if (keyid === this.rootKeyid) {
      demand(actor === this.authority && (this.size === 0 || this.isHere(actor)), "key", why);
      return;
    }
    demand(this.isHere(actor) && this.keys.has(keyid) && this.keys.get(keyid).isGood, "key", why);
    const { party, isShared } = this.keys.get(keyid);
    demand(!isShared || !link.statement, "key", `key ${keyid.slice(0, 16)}… is a shared terminal's, which signs no statement`);
    if (party === actor) return;
    const step = bare(link.event && link.event.bizStep);
    const isCovered = this.mandates.some((given) => given.party === actor && given.to === party
      && given.steps.includes(step) && given.from <= link.signed_at && link.signed_at < given.until);
    demand(this.isHere(party) && step !== null && isCovered, "key", `${why}, nor under a mandate`);
  }

  checkChain(link) {
    for (const part of link.items) {
      const where = `number ${part.seq} of ${link.actor} about ${part.item}`;
      const head = this.heads.get(pair(part.item, link.actor));
      demand((part.seq === 0) === (part.prev === null), "chain", `${where}: only number 0 names no link before it`);
      if (!head) continue;
      demand(part.seq > head.seq, "chain", `${where} stands behind number ${head.seq}`);
      demand(part.seq > head.seq + 1 || part.prev === head.hash, "chain", `${where} does not name the link before it`);
    }
  }

  checkAfter(link) {
    let last = null;
    for (const part of link.after) {
      const place = [part.ledger === undefined ? 0 : 1, part.ledger || "", part.index];
      demand(last === null || isBefore(last, place), "after", "after must be in order, each once");
      last = place;
      demand(part.ledger !== this.origin, "after", "a link of this ledger is named without `ledger`");
      if (part.ledger !== undefined) continue;
      demand(part.index < this.size, "after", `index ${part.index} is not before this link`);
      const hash = this.hashes.get(part.index);
      demand(hash === undefined || hash === part.hash, "after", `the link at index ${part.index} is not the one that it follows`);
      demand(this.actors.get(part.index) !== link.actor, "after", `index ${part.index} is a link of the same actor`);
    }
  }

  checkAuthority(link) {
    const { actor, statement: statement = {} } = link;
    const { type, op, party } = statement;
    const rule = (condition) => demand(condition, "authority", `${actor} had no right to state this`);
    if (this.size === 0) rule(type === "party" && op === "admit" && party === this.authority && party === actor);
    rule(!["origin", "ownership"].includes(type) || actor === this.authority);
    if (["hold", "recall"].includes(type) && OF_ITS_ACTOR.includes(op)) {
      const act = this.acts.get(statement.uri);
      rule(!act || [act.actor, this.authority].includes(actor));
    }
    if (OFFICIAL.includes(type) && op !== "answer") {
      const [office, act] = [this.officeFor(actor), this.acts.get(statement.uri)];
      rule(office && (!act || [act.office, this.authority].includes(office)));
    }
    if (type === "erasure") {
      // Of a link that is not in the file the actor is not known.
      const owner = this.hashes.get(statement.index) === statement.hash ? this.actors.get(statement.index) || "" : actor;
      if (actor !== owner) this.checkRegistrar(actor, statement, owner, rule);
      return;
    }
    if (!["party", "registrar", "key", "mandate"].includes(type)) return;
    if (["key", "mandate"].includes(type) && actor === party) return;
    this.checkRegistrar(actor, statement, party, rule);
    if (type === "mandate") rule(this.goodKeys(party).every((keyid) => this.keys.get(keyid).isShared));
  }

  // The authority speaks for every party, a registrar for those in its remit.
  checkRegistrar(actor, { type, op, ...stated }, party, rule) {
    if (actor !== this.authority) {
      rule(type !== "registrar" && party !== this.authority && !this.remits.has(party));
      const known = this.parties.get(party);
      const isStated = type === "party" && op !== "leave";
      const offices = [...(known ? [known.office] : []), ...(isStated ? [officeOf(stated)] : [])];
      if (offices.some(Boolean)) { // an inspector's: its office alone speaks for it
        rule(this.isOfficer(actor) && offices.every((office) => office === actor));
        return;
      }
      rule(this.remits.has(actor));
      if (known && (known.isHere || op !== "admit")) rule(this.inRemit(actor, known));
      if (isStated) rule(this.inRemit(actor, stated));
    }
  }

  inRemit(registrar, party) {
    const remit = this.remits.get(registrar);
    return remit.some((part) => isDivision(part) && party.division.startsWith(significant(part)))
      || (party.places.length > 0 && party.places.every((place) => remit.includes(place)));
  }

  checkStatement(actor, statement, record) {
    const { party } = statement;
    const kind = kindOf(statement);
    const rule = (condition) => demand(condition, "statement", `${kind} did not fit what held then`);
    if (kind === "party admit") rule(!this.isHere(party));
    if (LATER.includes(kind)) rule(this.isHere(party));
    if (kind === "registrar dismiss") rule(this.remits.has(party));
    if (kind === "key revoke") rule(this.goodKeys(party).includes(statement.keyid));
    if (kind === "mandate withdraw") {
      rule(this.mandates.some((given) => given.party === party && given.to === statement.to));
    }
    if (kind === "mandate give") rule(actor === party || statement.paper !== undefined);
    if (kind === "key enrol") this.checkEnrolment(actor, party, statement, record, rule);
    if (UNDER_URI.includes(statement.type)) {
      const act = this.acts.get(statement.uri);
      if (BEGINNING.includes(statement.op)) rule(!act);
      else rule(act && act.type === statement.type && !(OF_ITS_ACTOR.includes(statement.op) && act.isOver));
      if (kind === "case assign") rule(this.isOfficer(statement.to));
    }
    if (statement.type === "erasure") {
      const hash = this.hashes.get(statement.index);
      rule(statement.index < this.size && (hash === undefined || hash === statement.hash));
    }
    if (statement.type === "scripts") rule(record.isRelease);
    if (statement.type === "origin") rule(this.size === 1 && party === actor && record.isOrigin);
  }

  checkEnrolment(actor, party, statement, record, rule) {
    rule(record.isShown !== false && statement.keyid !== this.rootKeyid && !this.keys.has(statement.keyid));
    const hadOne = [...this.keys.values()].some((key) => key.party === party);
    if (actor === party || !hadOne) rule(statement.revokes === undefined);
    else rule(statement.revokes !== undefined && statement.revokes.join() === this.goodKeys(party).join());
  }

  // The items with a code of this ledger's own that a link claims to code.
  coded(link) {
    const { event } = link;
    if (!event || (link.document && link.document.as === "received")) return [];
    let lists = [];
    if (event.type === "ObjectEvent" && event.action === "ADD") lists = ["epcList", "quantityList"];
    if (event.type === "TransformationEvent") lists = ["outputEPCList", "outputQuantityList"];
    const start = `https://${this.host}/t/`;
    return [...itemsIn(event, lists)].filter((item) => item.startsWith(start) && isCode(item.slice(start.length)));
  }

  apply(link, index) {
    for (const item of this.coded(link)) if (!this.coders.has(item)) this.coders.set(item, link.actor);
    const statement = link.statement;
    if (!statement) return;
    const { party, type, op, uri } = statement;
    if (UNDER_URI.includes(type) && BEGINNING.includes(op)) {
      this.acts.set(uri, { type, actor: link.actor, isOver: false, isDrill: statement.drill === true, office: this.officeFor(link.actor) });
    } else if (UNDER_URI.includes(type) && ENDING.includes(op)) {
      Object.assign(this.acts.get(uri), { isOver: true, ending: op });
    }
    switch (kindOf(statement)) {
      case "party admit":
      case "party change":
        this.parties.set(party, {
          isHere: true, division: statement.division, places: statement.places, name: statement.name,
          partOf: statement.part_of, office: officeOf(statement),
        });
        if (link.actor === this.authority) this.granted.set(party, statement.roles);
        break;
      case "party leave":
        this.parties.get(party).isHere = false;
        this.remits.delete(party);
        break;
      case "registrar appoint": this.remits.set(party, statement.remit); break;
      case "registrar dismiss": this.remits.delete(party); break;
      case "key enrol":
        for (const keyid of statement.revokes || []) this.keys.get(keyid).isGood = false;
        this.keys.set(statement.keyid, {
          party, isGood: true, isShared: statement.kept === "terminal", enrolled: index,
        });
        break;
      case "key revoke":
        Object.assign(this.keys.get(statement.keyid), { isGood: false, lostSince: statement.compromised_since });
        break;
      case "mandate give": this.mandates.push(statement); break;
      case "mandate withdraw":
        this.mandates = this.mandates.filter((given) => given.party !== party || given.to !== statement.to);
        break;
      case "ownership assign":
      case "ownership dispute":
      case "ownership end": this.owned.set(statement.uri, statement); break;
      case "case assign": this.acts.get(statement.uri).office = statement.to; break;
      default:
    }
  }
}

function checkItems(link) {
  const items = link.items.map((part) => part.item);
  const alone = [link.actor];
  const is = (expected) => demand(items.join("\n") === expected.join("\n") && items.length === expected.length,
    "items", "it is filed under other items than it speaks of");
  if (link.event) {
    const named = itemSet(link.event);
    return is(named.length ? named : alone);
  }
  if (link.event_ref) {
    const isSorted = items.every((item, at) => at === 0 || items[at - 1] < item);
    const isGood = isSorted && items.length <= 150 && items.every((item) => canonical(item) === item);
    return isGood || is(alone);
  }
  const statement = link.statement;
  const [subject] = STATEMENTS[kindOf(statement)];
  return is([subject === null ? canonical(items[0]) : subject.replace(/\{(\w+)\}/, (_all, name) => statement[name])]);
}

// The office of an inspector's registration.
function officeOf({ roles, part_of: office }) {
  return roles.length && roles.every((role) => rolesOf("person").includes(role)) ? office : undefined;
}

// A division without its trailing levels (of 2, 2, 2, 3 and 3 digits) that are all zero.
function significant(division) {
  let digits = division;
  for (const [length, level] of [[12, 3], [9, 3], [6, 2], [4, 2], [2, 2]]) {
    if (digits.length === length && digits.endsWith("0".repeat(level))) digits = digits.slice(0, -level);
  }
  return digits;
}

function isBefore(left, right) {
  const at = left.findIndex((part, n) => part !== right[n]);
  return at >= 0 && (at === 1 ? codePoints(left[1]) < codePoints(right[1]) : left[at] < right[at]);
}

// A text that JavaScript orders as Unicode does, not by UTF-16 units.
function codePoints(text) {
  return [...text].map((letter) => letter.codePointAt(0).toString(16).padStart(6, "0")).join("");
}

export function kindOf(statement) {
  return statement.op === undefined ? statement.type : `${statement.type} ${statement.op}`;
}

export function pair(subject, actor) {
  return `${subject}\0${actor}`;
}

export { Refused };
