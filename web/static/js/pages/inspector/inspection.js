// What an inspector says at a counter: the event (trace/inspection/counter.py), and its note hidden.

import { commitmentOf, disclosureOf } from "../../sign/disclosed.js";
import { timeOf } from "../../offline/slip.js";
import { _ } from "../../sign/text.js";
import { eventOf } from "../../vocabulary.js";

const UNFIT = ["spoiled", "expired"];
const ORDER = [...UNFIT, "quantity", "no-label", "wrong-label", "storage", "papers", "stopped"];
const NOTE = "suyuan:note";

// The draft of an inspection, as link.js takes it, with the disclosure of its note.
// `what`: {item, holder, latest, outcomes, found: {value, unit} or null, note, photos}; a photo is
// {sha256, size, type}; `now` is {time: ms, offset: minutes}.
export async function draftOf(inspection, now) {
  const event = {
    type: "ObjectEvent",
    eventID: `urn:uuid:${crypto.randomUUID()}`,
    ...timeOf(now),
    ...eventOf("tests"),
    ...itemOf(inspection.item),
    "suyuan:inspected": inspection.holder,
    "suyuan:result": resultOf(inspection.outcomes),
  };
  const outcomes = ORDER.filter((outcome) => inspection.outcomes.includes(outcome));
  if (outcomes.length) event["suyuan:outcomes"] = outcomes;
  if (inspection.found) event["suyuan:found"] = inspection.found;
  if (inspection.photos.length) {
    event["suyuan:attachments"] = inspection.photos.map(({ sha256, size, type }) => ({ sha256, size, type, as: "photo" }));
  }
  const disclosures = [];
  if (inspection.note) {
    const stored = disclosureOf(`/${NOTE}`, inspection.note);
    event["suyuan:private"] = await commitmentOf([stored]);
    disclosures.push({ disclosure: stored, audience: [inspection.holder] });
  }
  return { subjects: [inspection.item], after: inspection.latest ? [inspection.latest] : [], event, disclosures };
}

// pass, objection, or unfit where it is not to be eaten.
export function resultOf(outcomes) {
  if (outcomes.some((outcome) => UNFIT.includes(outcome))) return "unfit";
  return outcomes.length ? "objection" : "pass";
}

// The result in words: made of the very event that is signed.
export function inWords(event, words) {
  const parts = [words.results[event["suyuan:result"]]];
  for (const outcome of event["suyuan:outcomes"] || []) parts.push(words.outcomes[outcome]);
  const amount = event["suyuan:found"];
  if (amount) parts.push(_("%(amount)s found", { amount: amountOf(amount, words) }));
  return parts.join(" · ");
}

// An amount with its unit.
export function amountOf({ value, unit }, words) {
  return `${value} ${words.units[unit] || unit}`;
}

function itemOf(item) {
  const isThing = item.includes("/21/") || item.includes("/00/");
  return isThing ? { epcList: [item] } : { quantityList: [{ epcClass: item }] };
}
