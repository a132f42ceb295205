// What an inspector says at a counter: the event (trace/inspection/counter.py), and its note hidden.

import { encodeUrl } from "../../sign/base64.js";
import { commitmentOf, disclosureOf } from "../../sign/disclosed.js";
import { hex, sha256 } from "../../sign/dsse.js";
import { timeOf } from "../../offline/slip.js";
import { _ } from "../../sign/text.js";
import { eventOf } from "../../vocabulary.js";

const UNFIT = ["spoiled", "expired"];
const ORDER = [...UNFIT, "quantity", "no-label", "wrong-label", "storage", "papers", "stopped"];
const NOTE = "suyuan:note";

// The draft of an inspection, as link.js takes it, with the disclosures of what it hides.
// `what`: {item or null, actor, holder, latest, outcomes, checks: {name: answer}, inspectors, names,
// found: {value, unit} or null, note, files, isUnsigned, kind}; a file is {sha256, size, type, as}, with
// the `salt` of a private one; `now` is {time: ms, offset: minutes}.
export async function draftOf(inspection, now) {
  const event = {
    type: "ObjectEvent",
    eventID: `urn:uuid:${crypto.randomUUID()}`,
    ...timeOf(now),
    ...eventOf("tests"),
    ...itemOf(inspection.item),
    "suyuan:inspected": inspection.holder,
    "suyuan:result": resultOf(inspection.outcomes, inspection.checks),
  };
  if (inspection.inspectors.length) event["suyuan:inspectors"] = inspection.inspectors;
  if (inspection.kind) event["suyuan:inspection"] = inspection.kind;
  const checks = Object.entries(inspection.checks);
  if (checks.length) event["suyuan:checks"] = checks.map(([check, result]) => ({ check, result }));
  if (inspection.isUnsigned) event["suyuan:unsigned"] = true;
  const outcomes = ORDER.filter((outcome) => inspection.outcomes.includes(outcome));
  if (outcomes.length) event["suyuan:outcomes"] = outcomes;
  if (inspection.found) event["suyuan:found"] = inspection.found;
  if (inspection.files.length) {
    event["suyuan:attachments"] = inspection.files.map(({ sha256, size, type, as, salt }) => ({ sha256, size, type, as, ...(salt && { private: true }) }));
  }
  const salts = inspection.files.map(({ salt }, number) => salt && disclosureOf(`/suyuan:attachments/${number}/salt`, salt));
  const texts = Object.entries({ [NOTE]: inspection.note, "suyuan:person": inspection.names }).filter(([, text]) => text);
  const hidden = [...salts.filter(Boolean), ...texts.map(([name, text]) => disclosureOf(`/${name}`, text))];
  if (hidden.length) event["suyuan:private"] = await commitmentOf(hidden);
  const disclosures = hidden.map((disclosure) => ({ disclosure, audience: [inspection.holder] }));
  return { subjects: [inspection.item || inspection.actor], after: inspection.latest ? [inspection.latest] : [], event, disclosures };
}

// That a sample was taken, with its photos, private: what a lot's history has of it.
export async function sampledOf({ item, actor, holder, latest, files }, now) {
  const event = {
    type: "ObjectEvent",
    eventID: `urn:uuid:${crypto.randomUUID()}`,
    ...timeOf(now),
    ...eventOf("samples"),
    ...itemOf(item),
    "suyuan:attachments": files.map(({ sha256: digest, size, type, as }) => ({ sha256: digest, size, type, as, private: true })),
  };
  const hidden = files.map(({ salt }, number) => disclosureOf(`/suyuan:attachments/${number}/salt`, salt));
  event["suyuan:private"] = await commitmentOf(hidden);
  const disclosures = hidden.map((disclosure) => ({ disclosure, audience: [holder] }));
  return { subjects: [item || actor], after: latest ? [latest] : [], event, disclosures };
}

// A picture as a record names it, a private one by a salt too.
export async function fileOf(blob, as, isPrivate) {
  const salt = crypto.getRandomValues(new Uint8Array(isPrivate ? 32 : 0));
  const digest = hex(await sha256(salt, new Uint8Array(await blob.arrayBuffer())));
  return { sha256: digest, size: blob.size, type: blob.type, as, blob, ...(isPrivate && { salt: encodeUrl(salt) }) };
}

// pass, objection, or unfit where it is not to be eaten.
export function resultOf(outcomes, checks = {}) {
  if (outcomes.some((outcome) => UNFIT.includes(outcome))) return "unfit";
  return outcomes.length || Object.values(checks).includes("fail") ? "objection" : "pass";
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
  if (!item) return { epcList: [] };
  const isThing = item.includes("/21/") || item.includes("/00/");
  return isThing ? { epcList: [item] } : { quantityList: [{ epcClass: item }] };
}
