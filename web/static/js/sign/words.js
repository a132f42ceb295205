// What is signed, in plain words: made from the very members that are signed, and from nothing else.
// A member without words of its own is shown under its name: nothing that is signed stays unsaid but
// numbers that only machines compare, which stand in the exact text.

import { _ } from "./text.js";
import { bare } from "../vocabulary.js";

// Members of an event that its title and its rows of goods say, or that only machines compare.
const SAID = new Set([
  "@context", "type", "action", "bizStep", "disposition", "eventID", "eventTime",
  "eventTimeZoneOffset", "recordTime", "transformationID", "epcList", "childEPCs", "inputEPCList",
  "outputEPCList", "quantityList", "inputQuantityList", "outputQuantityList", "childQuantityList",
  "parentID", "sourceList", "destinationList", "ilmd", "suyuan:private", "errorDeclaration",
]);
const READERS = {
  __proto__: null,
  own: _("its own party and inspectors"),
  chain: _("those who had the goods before or after, and inspectors"),
  public: _("everyone"),
};
const MACHINES = new Set(["type", "op", "spki", "possession", "alg", "root", "list", "log", "checkpoint", "digests", "suyuan:private"]);

// The page's words out of their JSON: by their own names alone, so that a unit or a step that is
// called `constructor` is shown as it is.
export function wordsOf(json) {
  const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  return JSON.parse(json, (_name, value) => (isObject(value) ? Object.assign(Object.create(null), value) : value));
}

// A link's body in words: {title, rows: [[label, value], …]}. `names` is by URI; `fields` are its
// hidden ones, as disclosed.js reads them.
export function describe(body, words, names, fields) {
  if (body.event) return ofEvent(body.event, words, names, fields);
  return ofStatement(body.statement || {}, words, names, fields);
}

// A hidden field as a row: which, with its value, and who may read it.
export function hiddenRow({ pointer, member, value, audience }, words, names) {
  const name = named(names);
  const isListed = Array.isArray(audience);
  const readers = isListed ? _("its own party, %(names)s and inspectors", { names: listed(audience.map(name)) }) : READERS[audience];
  const file = /^\/suyuan:attachments\/(\d+)\/salt$/.exec(pointer);
  if (file) return [_("Attachment no. %(number)s", { number: Number(file[1]) + 1 }), _("hidden; may be opened by %(who)s", { who: readers })];
  if (pointer === "/said") return [_("It says"), _("%(value)s (hidden; may be read by %(who)s)", { value: saidOf(value, words, name), who: readers })];
  const [label, text] = field(member, value, words, name);
  return [label, _("%(value)s (hidden; may be read by %(who)s)", { value: text, who: readers })];
}

// What a URI is called, by these names; else the URI.
function named(names) {
  return (uri) => (Object.hasOwn(names || {}, uri) && names[uri]) || uri;
}

// The twelve letters by which two screens compare a key (trace/goods/inviting.py).
export function checkOf(keyid) {
  const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  let bits = "";
  for (const digit of keyid.slice(0, 15)) bits += parseInt(digit, 16).toString(2).padStart(4, "0");
  const check = bits.match(/.{5}/g).map((five) => letters[parseInt(five, 2)]).join("");
  return check.match(/.{4}/g).join("-");
}

function ofEvent(event, words, names, fields) {
  const name = named(names);
  const rows = [];
  const goods = (label, list, quantities) => {
    for (const part of event[quantities] || []) rows.push([label, amountOf(part, words, name)]);
    for (const uri of event[list] || []) rows.push([label, name(uri)]);
  };
  if (event.errorDeclaration) rows.push([_("Correction"), _("an earlier record does not stand")]);
  goods(_("Goods"), "epcList", "quantityList");
  goods(_("Made from"), "inputEPCList", "inputQuantityList");
  goods(_("Made"), "outputEPCList", "outputQuantityList");
  if (event.parentID) rows.push([_("Container"), name(event.parentID)]);
  goods(_("Contents"), "childEPCs", "childQuantityList");
  for (const source of event.sourceList || []) rows.push([_("From"), name(source.source)]);
  for (const destination of event.destinationList || []) rows.push([_("To"), name(destination.destination)]);
  for (const [member, value] of Object.entries(event.ilmd || {})) rows.push(field(member, value, words, name));
  for (const [member, value] of Object.entries(event)) {
    if (!SAID.has(member)) rows.push(field(member, value, words, name));
  }
  rows.push(...hidden(event, words, names, fields));
  rows.push([_("Time"), String(event.eventTime).slice(0, 16).replace("T", " ")]);
  return { title: stepOf(event.bizStep || event.type, words), rows };
}

function amountOf(part, words, name) {
  const uom = part.uom || "";
  const unit = words.units[uom] || uom;
  const amount = part.quantity === undefined ? "" : ` ${part.quantity} ${unit}`;
  return `${name(part.epcClass)}${amount}`;
}

function stepOf(uri, words) {
  const step = bare(String(uri));
  return words.steps[step] || words.steps[`urn:suyuan:step:${step}`] || step;
}

function ofStatement(statement, words, names, fields) {
  const kind = [statement.type, statement.op].filter(Boolean).join(" ");
  const name = named(names);
  const rows = [];
  for (const [member, value] of Object.entries(statement)) {
    if (MACHINES.has(member)) continue;
    // Of one that is admitted just now the name stands below, and its URI here.
    if (member === "party" && statement.name) rows.push([words.fields.party, value]);
    else if (member === "count") rows.push([statement.type === "labels" ? _("Number of labels") : _("Number of items"), String(value)]);
    else rows.push(field(member, value, words, name));
  }
  rows.push(...hidden(statement, words, names, fields));
  return { title: words.statements[kind] || kind, rows };
}

// A member as a row: its label, and its value as people write it.
function field(member, value, words, name) {
  return [words.fields[member] || member, valueOf(member, value, words, name)];
}

function valueOf(member, value, words, name) {
  switch (member) {
    case "roles":
      return listed(value.map((role) => words.roles[role] || role));
    case "kind":
      return words.cases[value] || value;
    case "stage":
      return words.stages[value] || value;
    case "form":
      return words.forms[value] || value;
    case "capacity":
      return words.capacities[value] || value;
    case "of":
      return Array.isArray(value) ? listed(value.map(({ index }) => _("no. %(index)s", { index }))) : name(value);
    case "shows":
      return listed(value.map(({ index, digests }) => _("%(count)s hidden fields of no. %(index)s", { index, count: digests.length })));
    case "keyid":
      return checkOf(value);
    case "revokes":
      return listed(value.map(checkOf)) || _("no key: none is good");
    case "kept":
      return words.kept[value] || value;
    case "steps":
      return listed(value.map((step) => stepOf(step, words)));
    case "conversions":
      return listed(Object.entries(value).map(([unit, amount]) => `1 ${unit} = ${amount}`));
    case "quantities":
    case "missing":
      return listed(value.map((quantity) => measure(quantity, words, name))) || "–";
    case "unit":
      return words.units[value] || value;
    case "names":
    case "description":
    case "ingredients":
    case "storage":
      return listed(Object.values(value));
    case "photos":
      return listed(value.map((photo) => `SHA-256 ${photo.sha256.slice(0, 12)}…`));
    case "licences":
      return listed(value.map(({ kind, number, expires }) => [words.licences[kind] || kind, number, expires || ""].join(" ").trim()));
    case "allergens":
      return listed(value.map((allergen) => words.allergens[allergen] || allergen));
    case "net":
      return `${value.value} ${words.units[value.unit] || value.unit}`;
    case "coordinates":
      return `${value.latitude}, ${value.longitude}`;
    case "drill":
      return value ? _("yes") : _("no");
    case "suyuan:quantities":
    case "suyuan:difference":
      return isOf(value, "item") ? listed(value.map((quantity) => apart(quantity, words, name))) : plain(value, name);
    case "suyuan:attachments":
      return isOf(value, "sha256") ? listed(value.map((attachment) => file(attachment, words))) : plain(value, name);
    case "suyuan:proof":
      return isOf([value], "sha256") ? file(value, words) : plain(value, name);
    case "suyuan:outcomes":
      return listed([].concat(value).map((outcome) => words.outcomes[outcome] || plain(outcome, name)));
    case "suyuan:result":
      return words.results[value] || plain(value, name);
    case "suyuan:found":
      return isOf([value], "value") ? `${value.value} ${words.units[value.unit] || value.unit}` : plain(value, name);
    case "suyuan:supplier":
    case "suyuan:recipient":
      return members(value, words, name);
    case "sensorElementList":
      return listed(value.map((element) => (has(element, ["sensorReport"]) ? listed(element.sensorReport.map((report) => sensed(report, name))) : plain(element, name))));
    case "bizTransactionList":
      return listed(value.map((transaction) => (transaction.type === "desadv" ? note(transaction.bizTransaction) : plain(transaction, name))));
    default:
      return plain(value, name);
  }
}

// What a stage of a case says: its fields by their words, a choice by its own.
function saidOf(value, words, name) {
  const chosen = (member, text) => words.choices[`${member} ${text}`];
  const many = (member, text) => {
    const parts = String(text).split(" ").map((part) => chosen(member, part));
    return parts.every(Boolean) ? listed(parts) : "";
  };
  return Object.entries(value).map(([member, text]) => `${words.said[member] || member}: ${chosen(member, text) || many(member, text) || plain(text, name)}`).join("; ");
}

function measure(quantity, words, name) {
  const kind = quantity.kind ? `${words.fates[quantity.kind] || quantity.kind} ` : "";
  return `${name(quantity.item)}: ${kind}${quantity.value} ${words.units[quantity.unit] || quantity.unit}`;
}

// A second measure, or what came less what was sent, with its reason.
function apart(quantity, words, name) {
  const kind = quantity.kind && quantity.kind !== "count" ? `${quantity.kind} ` : "";
  const amount = `${name(quantity.item)}: ${kind}${quantity.value} ${words.units[quantity.unit] || quantity.unit}`;
  return quantity.reason ? `${amount} (${quantity.reason})` : amount;
}

function file(attachment, words) {
  const type = String(attachment.type).split("/").pop().toUpperCase();
  const kind = words.kinds[attachment.as] || words.kinds.other;
  return _("%(kind)s (%(type)s, SHA-256 %(sha256)s…)", { kind, type, sha256: String(attachment.sha256).slice(0, 12) });
}

// The members of a party that is not of this ledger.
function members(value, words, name) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return plain(value, name);
  return listed(Object.entries(value).map(([member, content]) => `${words.fields[member] || member} ${plain(content, name)}`));
}

// One thing measured; temperatures as they are written.
function sensed(report, name) {
  const isPlain = has(report, ["type", "uom", "value"]) && report.type === "Temperature" && report.uom === "CEL";
  return isPlain ? `${report.value} °C` : plain(report, name);
}

// A delivery note's number, out of the URI that carries it.
function note(uri) {
  const bare = String(uri).replace(/^urn:suyuan:note:/, "");
  try {
    return decodeURIComponent(bare);
  } catch (error) {
    return bare;
  }
}

// Whether something has these members, in the order of the alphabet, and no other.
function has(value, members) {
  return Object.keys(value).sort().join() === members.join();
}

function isOf(list, member) {
  return Array.isArray(list) && list.every((value) => value !== null && typeof value === "object" && member in value);
}

function plain(value, name) {
  if (Array.isArray(value)) return listed(value.map((element) => plain(element, name))) || "–";
  if (value !== null && typeof value === "object") {
    if (typeof value.id === "string" && Object.keys(value).length === 1) return name(value.id);
    return listed(Object.entries(value).map(([member, content]) => `${member} ${plain(content, name)}`));
  }
  const text = String(value);
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) return momentOf(text);
  return /^[0-9a-f]{64}$/.test(text) ? `${text.slice(0, 12)}…` : name(text);
}

// An instant as the clock of this device shows it, and by which zone.
function momentOf(text) {
  const offset = -new Date(text).getTimezoneOffset(); // minutes
  const shown = new Date(Date.parse(text) + offset * 60000).toISOString().slice(0, 16).replace("T", " ");
  const hours = offset / 60;
  return `${shown} UTC${hours > 0 ? "+" : ""}${hours === 0 ? "" : hours}`;
}

function listed(parts) {
  return parts.join(", ");
}

// What is signed of which only salted digests stand in the link; or that there is such.
function hidden(body, words, names, fields) {
  if (!body["suyuan:private"]) return [];
  if (!fields || !fields.length) return [[_("Hidden"), _("further fields, of which only digests are recorded")]];
  return fields.map((row) => hiddenRow(row, words, names));
}
