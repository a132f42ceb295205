// The verdict on an item by an evidence file: the states of docs/format.md section 10.

import { contradictions, lastGoodDay } from "./contradictions.js";
import { Way, isDispatch, isReceived, stepOf } from "./way.js";
import { bizSteps } from "../vocabulary.js";

const TESTING = bizSteps("tests");

const ORDER = ["broken", "recalled", "contains_recalled", "on_hold", "test_failed", "unsourced", "contradicted",
  "label", "expired", "undecided"];
const BLANK = /^[\s\x1c-\x1f\x85]+/; // Unicode's white space, the separators, the byte order mark
const FAILED = /^(?:不符合|阳性|fail|positive|not passed|unfit)|不合格/;

// The states that apply, each with its colour. `links` and `hashes` are by index, of links that
// break no rule; `ledger` is what they leave; `scopes` those of the file; `today` in days since 1970
// in China.
export function judge({ links, hashes, item, holder, ledger, scopes, today, isBroken }) {
  const partOf = (party) => (ledger.parties.get(party) || {}).partOf;
  const way = new Way(links, hashes, item, holder, { partOf, isForeign: (name, actor) => ledger.isForeign(name, actor) });
  const causes = acts(way, links, ledger, scopes);
  if (isBroken) return causes; // nothing else follows from the links that are left
  causes.push(...tests(way, links, hashes, ledger));
  if (!way.ends.length) causes.push(["unsourced", "unsent"]);
  for (const key of way.reached.keys()) {
    const [how, index] = way.begun(key);
    if (["unsent", "reported"].includes(how)) causes.push(["unsourced", how]);
    if (how === "purchase" && isDenied(way, links, links.get(index), key.split("\0")[0])) causes.push(["contradicted", "not_sold"]);
  }
  causes.push(...contradictions(way).map(({ code }) => ["contradicted", code]));
  for (const [index, link] of way.there) {
    const key = ledger.keys.get(ledger.signers.get(index));
    if (key && key.lostSince !== undefined && index >= key.lostSince) causes.push(["contradicted", "lost_key"]);
    if (isUnfinished(way, links, link)) causes.push(["undecided", "unfinished"]);
  }
  const end = lastGoodDay(way, item);
  if (end !== null && today > end) causes.push(["expired", "past_date"]);
  return causes;
}

// In the order of the states: {state, states, colour} of causes [state, code, isRed].
export function outcome(causes) {
  const states = ORDER.filter((state) => causes.some(([name]) => name === state));
  const isRed = causes.some(([state, , red]) => red || ["broken", "recalled"].includes(state));
  return { states: states.length ? states : ["verified"], colour: isRed ? "bad" : states.length ? "warn" : "good" };
}

function acts(way, links, ledger, scopes) {
  const state = new Map(); // item and act: [since, cleared]
  for (const { index, item } of [...scopes].sort((left, right) => left.index - right.index)) {
    const statement = (links.get(index) || {}).statement;
    if (!statement || statement.list === undefined) continue;
    const key = `${item}\0${statement.uri}`;
    const [since, cleared] = state.get(key) || [null, null];
    if (statement.op === "clear") state.set(key, [since, cleared === null ? index : cleared]);
    else if (since === null || cleared !== null) state.set(key, [index, null]);
  }
  const holders = way.ends.map((key) => key.split("\0")[1]);
  return [...state].flatMap(([key, [, cleared]]) => {
    const [item, uri] = key.split("\0");
    const act = ledger.acts.get(uri);
    const isInForce = act && cleared === null && !act.isDrill && (!act.isOver || act.ending === "close");
    if (!isInForce || !way.items.has(item)) return [];
    if (act.type === "recall") return [[item === way.item ? "recalled" : "contains_recalled", "recall"]];
    const counts = item === way.item && (ledger.isOfficer(act.actor) || holders.includes(act.actor));
    return counts ? [["on_hold", "hold"]] : [];
  });
}

function tests(way, links, hashes, ledger) {
  const markets = [...way.actors].map((actor) => (ledger.parties.get(actor) || {}).partOf).filter(Boolean);
  const named = ({ actor, event }) => `${actor}\0${event.eventID}`;
  const gone = new Set([...links.values()].filter(({ event }) => event && Object.hasOwn(event, "errorDeclaration")
    && typeof event.eventID === "string").map(named));
  const isGone = (link) => typeof link.event.eventID === "string" && gone.has(named(link));
  const isFailed = (link) => FAILED.test(resultOf(link).replace(/^[\s\x1c-\x1f\x85]+/, "").toLowerCase());
  const bearing = new Map([...way.there.keys()].map((index) => [index, hashes.get(index)]));
  const all = [...links].filter(([, link]) => resultOf(link) !== null);
  const bear = new Set(all.filter(([index, link]) => bears(way, bearing, index, link, hashes)).map(([index]) => index));
  const results = all.filter(([, link]) => !isGone(link));
  const passes = results.filter(([, link]) => ledger.isExaminer(link.actor) && !isFailed(link));
  const isOverturned = (index) => passes.some(([, link]) => link.after.some((ref) => ref.ledger === undefined
    && ref.index === index && ref.hash === hashes.get(index)));
  return results.filter(([index, link]) => isFailed(link) && bear.has(index) && !isOverturned(index))
    .flatMap(([, { actor }]) => {
      if (ledger.isExaminer(actor)) return [["test_failed", "examiner", true]];
      if (way.actors.has(actor)) return [["test_failed", "path", false]];
      return markets.includes(actor) ? [["test_failed", "market", false]] : [];
    });
}

function resultOf(link) {
  const { event } = link;
  if (!event || isReceived(link) || Object.hasOwn(event, "errorDeclaration") || !TESTING.includes(stepOf(link))) return null;
  return typeof event["suyuan:result"] === "string" && event["suyuan:result"] ? event["suyuan:result"] : null;
}

// Whether a result bears on the way: what it names has a smaller index, and was looked at before.
function bears(way, bearing, index, link, hashes) {
  const isAbout = link.items.some((part) => way.items.has(part.item));
  const names = link.after.some((ref) => ref.ledger === undefined && bearing.get(ref.index) === ref.hash);
  if (!way.there.has(index) && !(isAbout && names)) return false;
  bearing.set(index, hashes.get(index));
  return true;
}

function isDenied(way, links, purchase, item) {
  const { uscc } = purchase.event["suyuan:supplier"];
  if (typeof uscc !== "string" || !uscc) return false;
  const own = [...links.values()].filter((link) => link.actor === `urn:uscc:${uscc}`
    && link.items.some((part) => part.item === item));
  return own.length > 0 && !own.some((link) => isDispatch(link) && way.isSentTo(link, purchase.actor));
}

function isUnfinished(way, links, { document, actor }) {
  if (!document) return false;
  const made = [...way.there.values()].filter((link) => link.document && link.actor === actor
    && link.document.sha256 === document.sha256 && link.document.as === document.as);
  if (document.as !== "received" && made.length < 2) return false;
  return ![...links.values()].some((link) => link.actor === actor && link.statement
    && link.statement.type === "document" && link.statement.sha256 === document.sha256);
}
