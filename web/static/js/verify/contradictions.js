// What the records on an item's way contradict in each other (docs/format.md section 10).

import { canonical, itemsIn } from "./items.js";
import { CHILDREN, INPUTS, OBJECTS, OUTPUTS, codedBy, isDispatch, isReceived, stepOf } from "./way.js";
import { UNITS, bizSteps } from "../vocabulary.js";

const MICRO = 1000000n;
const MOST = 2n ** 63n; // millionths
const DAY = 86400000;
const MOST_DAYS = 36500;
const [GATHERING, TREATING, SLAUGHTERING, SENDING, SELLING, COUNTING, RECEIVING] = [
  "gathers", "treats", "slaughters", "sends", "sells", "counts", "receives",
].map((trait) => bizSteps(trait));
const LISTS = [OBJECTS, CHILDREN, INPUTS, OUTPUTS];

// The contradictions of a way: {code, index}.
export function contradictions(way) {
  return [...way.reached.keys()].flatMap((key) => ofChain(way, key));
}

function ofChain(way, key) {
  const [item] = key.split("\0");
  const events = way.counting(key);
  const causes = [];
  const add = (code, index) => { if (index !== undefined && index !== null) causes.push({ code, index }); };
  const at = (test) => (events.find(([, link]) => test(link)) || [])[0];
  const isWhole = way.chain(key).length === way.reached.get(key) + 1;
  const isOne = item.includes("/21/") || item.includes("/00/") || item.startsWith("urn:epc:id:");
  if (isWhole && !isOne) {
    add("overdrawn", overdrawn(way, item, events));
    add("more_than_sent", moreThanSent(way, item, events));
  }
  add("self", at(({ event }) => itemsIn(event, INPUTS).has(item) && itemsIn(event, OUTPUTS).has(item)));
  const end = lastGoodDay(way, item);
  if (end !== null) {
    add("past_date", at((link) => isGiven(link, item) && dayOf(link) !== null && dayOf(link) > end));
  }
  add("withdrawal", at(tooSoon(way, item)));
  return causes;
}

// The number of a decimal's digits in millionths of a unit; null where it is not exact.
function micro(number, factor) {
  const text = typeof number === "number" ? String(number) : number;
  const match = typeof text === "string" && text.length <= 800
    ? /^([+-]?)([0-9]{1,400})(?:\.([0-9]{1,400}))?(?:[eE]([+-]?[0-9]{1,6}))?$/.exec(text) : null;
  if (!match) return null;
  const [whole, rest = ""] = factor.split(".");
  const digits = BigInt(match[2] + (match[3] || "")) * BigInt(whole + rest);
  if (digits === 0n) return 0n;
  const shift = Number(match[4] || 0) - (match[3] || "").length - rest.length + 6;
  if (Math.abs(shift) > 900) return null;
  const power = 10n ** BigInt(Math.abs(shift));
  if (shift < 0 && digits % power !== 0n) return null;
  const micros = shift < 0 ? digits / power : digits * power;
  return micros >= MOST ? null : (match[1] === "-" ? -micros : micros);
}

// An item's amount in an event: {micro, unit}; null where it is not known or stands in several lists.
function amountOf(event, item) {
  const lists = LISTS.filter((names) => itemsIn(event, names).has(item));
  if (lists.length !== 1 || itemsIn(event, ["parentID"]).has(item)) return null;
  let sum = null;
  for (const part of event[lists[0][1]] || []) {
    if (canonical(part.epcClass) !== item || !Object.hasOwn(part, "quantity")) continue;
    const known = part.uom === undefined || part.uom === null ? ["1", "1"] : UNITS.get(part.uom);
    const amount = known ? micro(part.quantity, known[1]) : null;
    if (amount === null || (sum && sum.unit !== known[0])) return null;
    sum = { unit: known[0], micro: amount + (sum ? sum.micro : 0n) };
  }
  if (sum && (sum.micro >= MOST || sum.micro <= -MOST)) return null;
  return sum;
}

// What an event does to its actor's stock of an item: [kind, sign], or null.
function move(way, link, item) {
  const { event } = link;
  if (isReceived(link)) return null;
  const isIn = (lists) => itemsIn(event, lists).has(item);
  if (event.type === "TransformationEvent") {
    if (isIn(INPUTS) && isIn(OUTPUTS)) return null;
    if (isIn(INPUTS)) return ["used", -1];
    return isIn(OUTPUTS) ? ["made", 1] : null;
  }
  if (event.type === "AggregationEvent") {
    if (!isIn(CHILDREN) || isIn(["parentID"])) return null;
    if (event.action === "ADD") return ["packed", -1];
    return event.action === "DELETE" ? ["unpacked", 1] : null;
  }
  if (event.type !== "ObjectEvent") return null;
  if (event.action === "ADD") {
    return [GATHERING.includes(event.bizStep) ? "caught" : "coded", 1];
  }
  if (event.action === "DELETE") return ["lost", -1];
  const step = stepOf(link);
  if (SENDING.includes(step)) return ["sent", -1];
  if (SELLING.includes(step)) return ["sold", -1];
  if (COUNTING.includes(step)) return amountOf(event, item) ? ["counted", 0] : null;
  if (!RECEIVING.includes(step)) return null;
  if (way.sources(link, item).length) return ["received", 1];
  return way.namesSent(link) ? null : ["bought", 1];
}

function overdrawn(way, item, events) {
  if (events.some(([, { event }]) => itemsIn(event, ["parentID"]).has(item))) return null;
  const moves = events.map(([index, link]) => [index, link, move(way, link, item)]).filter((each) => each[2]);
  const isRestated = moves.some(([, { event }, [kind]]) => ["caught", "made", "bought"].includes(kind)
    && amountOf(event, item));
  let [unit, there, came, last] = [null, 0n, 0n, null];
  for (const [index, link, [kind, sign]] of moves) {
    if (kind === "coded" && isRestated) continue;
    const amount = amountOf(link.event, item) || (kind === "received" ? sentTo(way, link, item) : null);
    if (!amount || (unit !== null && amount.unit !== unit) || amount.micro < 0n) return null;
    unit = amount.unit;
    if (kind === "counted") {
      there = amount.micro;
      if (amount.micro > came) came = amount.micro;
      continue;
    }
    there += BigInt(sign) * amount.micro;
    if (sign > 0) came += amount.micro;
    if (sign < 0) last = index;
  }
  return there < -tolerance(came, unit) ? last : null;
}

function tolerance(came, unit) {
  const share = came / 50n;
  return unit === "1" ? 0n : (share > MICRO / 10n ? share : MICRO / 10n);
}

// The last of the receipts of an item that together say more than what they answer.
function moreThanSent(way, item, events) {
  const sent = new Map();
  const got = [];
  for (const [index, link] of events) {
    if ((move(way, link, item) || [])[0] !== "received") continue;
    const lines = way.answered(link).filter((other) => other.items.some((part) => part.item === item));
    const amount = amountOf(link.event, item) || sentTo(way, link, item);
    if (!lines.length || !amount || amount.micro < 0n) continue;
    for (const line of lines) {
      sent.set(line, amountOf(line.event, item));
      if (!sent.get(line) || sent.get(line).micro < 0n) return null;
    }
    got.push([index, amount]);
  }
  const all = [...sent.values(), ...got.map((pair) => pair[1])];
  if (!all.length || all.some((amount) => amount.unit !== all[0].unit)) return null;
  const sum = (amounts) => amounts.reduce((total, amount) => total + amount.micro, 0n);
  const total = sum([...sent.values()]);
  return sum(got.map((pair) => pair[1])) - total > tolerance(total, all[0].unit) ? got[got.length - 1][0] : null;
}

function sentTo(way, receipt, item) {
  const lines = way.answered(receipt).filter((sent) => sent.items.some((part) => part.item === item));
  return lines.length === 1 ? amountOf(lines[0].event, item) : null;
}

function isReturn({ event }) {
  return typeof event.disposition === "string" && event.disposition.endsWith("returned");
}

function isGiven(link, item) {
  if ((isDispatch(link) && isReturn(link)) || isReceived(link)) return false;
  const { event } = link;
  const isIn = (lists) => itemsIn(event, lists).has(item);
  if (event.type === "TransformationEvent") return isIn(INPUTS) && !isIn(OUTPUTS);
  if (event.type === "AggregationEvent") return isIn(CHILDREN) && !isIn(["parentID"]) && event.action === "ADD";
  return event.type === "ObjectEvent" && !["ADD", "DELETE"].includes(event.action)
    && [...SENDING, ...SELLING].includes(stepOf(link));
}

function ofItem(way, item) {
  return [...way.reached.keys()].filter((key) => key.startsWith(`${item}\0`)).flatMap((key) => way.counting(key));
}

// The last day of an item's shelf life by its coder's words, since 1970 in China; null: none says.
export function lastGoodDay(way, item) {
  const coding = ofItem(way, item).filter(([, link]) => codedBy(link).has(item)).sort((left, right) => left[0] - right[0]);
  const stated = coding.filter(([, link]) => link.actor === coding[0][1].actor).map(([, link]) => link.event.ilmd)
    .filter((ilmd) => typeof ilmd === "object" && ilmd !== null && !Array.isArray(ilmd));
  const count = stated.map((ilmd) => whole(ilmd["suyuan:shelfLifeDays"])).filter((count) => count !== null).pop();
  const made = stated.map((ilmd) => dateOf(ilmd["suyuan:productionDate"])).filter((day) => day !== null);
  return made.length && count !== undefined ? Math.max(...made) + count : null;
}

function tooSoon(way, item) {
  const all = ofItem(way, item);
  const waits = all.map(([, link]) => [link.event.bizStep, dayOf(link), whole(link.event["suyuan:withdrawalDays"])])
    .filter(([step, day, days]) => TREATING.includes(step) && day !== null && days !== null);
  const isGathering = (link) => GATHERING.includes(link.event.bizStep);
  const isGathered = all.some(([, link]) => isGathering(link));
  return (link) => {
    const day = dayOf(link);
    return day !== null && takes(link) && waits.some(([, start, days]) => start <= day && day < start + days);
  };

  function takes(link) {
    if (isGathering(link)) return true;
    if (SLAUGHTERING.includes(link.event.bizStep)) return itemsIn(link.event, INPUTS).has(item);
    return !isGathered && ((isDispatch(link) && !isReturn(link)) || SELLING.includes(stepOf(link)));
  }
}

function dayOf(link) {
  const match = /^([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?(?:Z|([+-])([0-9]{2}):([0-9]{2}))$/
    .exec(link.event.eventTime);
  const date = match ? dateOf(match[1]) : null;
  if (date === null) return null;
  const [hour, minute, second] = match.slice(2, 5).map(Number);
  if (hour > 23 || minute > 59 || second > 59) return null;
  const offset = match[5] ? (Number(match[6]) * 60 + Number(match[7])) * (match[5] === "+" ? 60 : -60) : 0;
  return Math.floor((date * 86400 + hour * 3600 + minute * 60 + second - offset + 8 * 3600) / 86400);
}

function dateOf(value) {
  const match = typeof value === "string" ? /^([0-9]{4})-([0-9]{2})-([0-9]{2})/.exec(value) : null;
  if (!match) return null;
  const [year, month, day] = match.slice(1).map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const isReal = year > 0 && date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isReal ? Math.floor(date.getTime() / DAY) : null;
}

function whole(value) {
  const number = typeof value === "string" && /^[0-9]{1,8}$/.test(value) ? Number(value) : value;
  return Number.isInteger(number) && number >= 0 && number <= MOST_DAYS ? number : null;
}
