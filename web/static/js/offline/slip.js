// The answers to a supplier's slip: the events that answer its dispatches (trace/answering.py).
//
// A slip's dispatch: {index, hash, lines: [{item, name, value, uom, micro, unit, per}]}. `value` is
// the amount as the sender wrote it, a decimal string, null for a thing; `micro` the same in
// millionths of the base `unit`; `per` how many of those one `uom` is, null where that is no whole
// number; `contents` the lines of what is in a container. An answer to a line: {kind: "as" | "amount" | "refuse" | "open" | "apart", value?, reason?}.
// "apart" is for a container whose contents are answered one by one, none of them "open".

import { hex } from "../sign/dsse.js";
import { eventOf } from "../vocabulary.js";

const MICRO = 1000000;
const MOST = 150; // items of an event
const LONGEST = 12000; // characters of an event's lists, so that its link stays under 64 KiB
const ABSURD = 10; // times what was sent
const TAKEN = eventOf("receives");

// A decimal string with at most 9 digits before and 6 behind the point, in millionths; null for
// anything else, so that what is counted with stays exact.
export function microOf(text) {
  const parts = /^(\d{1,9})(?:\.(\d{1,6}))?$/.exec(text);
  return parts ? Number(parts[1]) * MICRO + Number((parts[2] || "").padEnd(6, "0")) : null;
}

// Millionths as a decimal string.
export function textOf(micro) {
  const size = Math.abs(micro);
  const rest = String(size % MICRO).padStart(6, "0").replace(/0+$/, "");
  return `${micro < 0 ? "-" : ""}${Math.floor(size / MICRO)}${rest ? `.${rest}` : ""}`;
}

// How a typed amount reads: Chinese and full-width points are points, spaces are nothing.
export function typed(text) {
  const plain = text.normalize("NFKC").replace(/[\s,]/g, "").replace("。", ".").replace(/\.$/, "");
  return plain.startsWith(".") ? `0${plain}` : plain;
}

// Whether another amount of a line can be stated: it counts in whole millionths.
export function isMeasured(line) {
  return isSound(line) && line.per !== null && Number.isSafeInteger(line.micro) && microOf(line.value) !== null;
}

// Whether "as on the slip" says anything: an amount that is not over 0 does not.
export function isSound(line) {
  return line.value === null || Number(line.value) > 0;
}

// What is wrong with an answer: "number", "none", "more", "absurd" or "reason"; null where nothing.
export function wrong(line, answer) {
  if (answer.kind === "refuse" && !answer.reason) return "reason";
  if (answer.kind === "as" && !isSound(line)) return "none";
  if (answer.value === undefined || answer.value === null) return null;
  const base = baseOf(line, answer.value);
  if (base === null) return "number";
  if (base === 0) return "none";
  if (answer.kind === "refuse" && base > line.micro) return "more";
  if (answer.kind === "amount" && base > ABSURD * line.micro && !answer.isSure) return "absurd";
  return null;
}

// The drafts that answer dispatches, as link.js takes them. `answerTo` gives each line's answer;
// `at` is now: {time: ms, offset: minutes}; `back` who sends contents back to whom: {from, to}.
export function draftsOf(dispatches, answerTo, at, back) {
  const drafts = [];
  for (const dispatch of dispatches) {
    const [taken, refused, returned] = [[], new Map(), new Map()];
    for (const line of dispatch.lines) {
      const answer = answerTo(dispatch, line);
      if (answer.kind !== "apart") {
        part(line, answer, taken, refused);
        continue;
      }
      taken.push({ item: line.item, uom: line.uom, value: line.value });
      for (const content of line.contents) takenOut(content, answerTo(dispatch, content), taken, returned);
    }
    const after = [{ index: dispatch.index, hash: dispatch.hash }];
    const say = (lines, body) => {
      for (const run of runs(lines)) drafts.push(draft(run, after, body, at));
    };
    say(taken, TAKEN);
    for (const [reason, lines] of refused) {
      say(lines, { ...eventOf("refuses"), "suyuan:reason": reason });
    }
    for (const [reason, lines] of returned) {
      say(lines, {
        ...eventOf("sends_back"),
        sourceList: [{ type: "owning_party", source: back.from }],
        destinationList: [{ type: "owning_party", destination: back.to }],
        "suyuan:reason": reason,
      });
    }
  }
  return drafts;
}

// An event of one item: `body` has its step. For what is sold or lost, say.
export function single(line, body, at) {
  return draft([line], [], body, at);
}

// What drafts say of each line: by dispatch and item {took, refused, difference, reason}, read from
// the very events. `took` is null for a thing.
export function answersOf(drafts) {
  const answers = new Map();
  for (const { after, event } of drafts) {
    const isTaken = event.bizStep === TAKEN.bizStep;
    const differences = new Map((event["suyuan:difference"] || []).map((difference) => [difference.item, difference]));
    const elements = (event.epcList || []).map((item) => ({ epcClass: item })).concat(event.quantityList || []);
    for (const { epcClass, quantity } of elements) {
      const key = keyOf(after[0].index, epcClass);
      const answer = answers.get(key) || {};
      const amount = quantity === undefined ? null : quantity;
      if (isTaken) Object.assign(answer, { took: amount, difference: differences.get(epcClass) });
      else Object.assign(answer, { refused: amount, reason: event["suyuan:reason"] });
      answers.set(key, answer);
    }
  }
  return answers;
}

// By what a line of a dispatch is known.
export function keyOf(index, item) {
  return `${index} ${item}`;
}

// The moment as events write it: {eventTime, eventTimeZoneOffset}.
export function timeOf({ time, offset }) {
  const size = Math.abs(offset);
  const two = (number) => String(number).padStart(2, "0");
  const zone = `${offset < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
  const local = new Date(time + offset * 60000).toISOString().slice(0, 23);
  return { eventTime: `${local}${zone}`, eventTimeZoneOffset: zone };
}

// A content is taken in with its container; what is refused of it is sent back.
function takenOut(content, answer, taken, returned) {
  if (answer.kind !== "refuse") return part(content, answer, taken, returned);
  const { item, uom, value } = content;
  taken.push({ item, uom, value });
  const lines = returned.get(answer.reason) || [];
  const isPart = answer.value !== undefined && answer.value !== null;
  returned.set(answer.reason, [...lines, { item, uom, value: isPart ? answer.value : value }]);
  return undefined;
}

function part(line, answer, taken, refused) {
  const { item, uom, value } = line;
  const refuse = (text) => {
    const lines = refused.get(answer.reason) || [];
    refused.set(answer.reason, [...lines, { item, uom, value: text }]);
  };
  if (answer.kind === "as") taken.push({ item, uom, value });
  if (answer.kind === "amount") {
    const more = baseOf(line, answer.value) - line.micro;
    const apart = { item, value: textOf(more), unit: line.unit, ...(answer.reason ? { reason: answer.reason } : {}) };
    taken.push({ item, uom, value: answer.value, difference: more ? apart : undefined });
  }
  if (answer.kind !== "refuse") return;
  const isPart = answer.value !== undefined && answer.value !== null && baseOf(line, answer.value) < line.micro;
  if (isPart) taken.push({ item, uom, value: textOf(microOf(value) - microOf(answer.value)) });
  refuse(isPart ? answer.value : isSound(line) ? value : null);
}

// An amount of a line in millionths of its base unit; null where that is not whole or too much.
function baseOf(line, text) {
  const micro = microOf(text);
  if (micro === null || line.per === null) return null;
  const factor = line.per / MICRO;
  const base = factor >= 1 ? micro * factor : micro / (MICRO / line.per);
  return Number.isSafeInteger(base) ? base : null;
}

function* runs(lines) {
  let run = [];
  let length = 0;
  for (const line of lines) {
    const size = line.item.length * 2 + 100 + (line.difference ? line.item.length + 100 : 0);
    if (run.length === MOST || (run.length && length + size > LONGEST)) {
      yield run;
      run = [];
      length = 0;
    }
    run.push(line);
    length += size;
  }
  if (run.length) yield run;
}

function draft(lines, after, body, at) {
  const event = { type: "ObjectEvent", eventID: `urn:uuid:${uuid()}`, ...timeOf(at), ...body };
  const things = lines.filter((line) => line.value === null && /\/(21|00)\//.test(line.item));
  const others = lines.filter((line) => !things.includes(line));
  if (things.length) event.epcList = things.map((line) => line.item);
  if (others.length) {
    event.quantityList = others.map(({ item, value, uom }) => ({
      epcClass: item,
      ...(value === null ? {} : { quantity: Number(value) }),
      ...(uom ? { uom } : {}),
    }));
  }
  const apart = lines.filter((line) => line.difference).map((line) => line.difference);
  if (apart.length) event["suyuan:difference"] = apart;
  return { subjects: [...new Set(lines.map((line) => line.item))].sort(), after, event };
}

// A random UUID; crypto.randomUUID is younger than the browsers in older apps.
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return [8, 12, 16, 20].reduceRight((text, at) => `${text.slice(0, at)}-${text.slice(at)}`, hex(bytes));
}
