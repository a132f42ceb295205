// Members of a link and their forms (docs/format.md sections 2 and 4).

import { decode } from "../sign/base64.js";
import { ALLERGENS, FATES, KEPT, LICENCES, ROLES, STATEMENTS } from "../vocabulary.js";

// A link breaks a rule: the first, by its name.
export class Refused extends Error {
  constructor(rule, why) {
    super(why || rule);
    this.rule = rule;
  }
}

export function demand(condition, rule, why) {
  if (!condition) throw new Refused(rule, why);
}

const matches = (pattern) => (value) => isText(value) && pattern.test(value);
const each = (check) => (value) => Array.isArray(value) && value.every(check);
const among = (...words) => (value) => words.includes(value);
export const isText = (value) => typeof value === "string";
export const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isWords = (value) => isText(value) && value !== "";
export const isWhole = (value) => Number.isSafeInteger(value) && value >= 0;
const isPositive = (value) => isWhole(value) && value >= 1;
export const isDigest = matches(/^[0-9a-f]{64}$/);
export const isDivision = matches(/^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})$/);
const isDecimal = matches(/^(0|[1-9][0-9]*)([.][0-9]+)?$/);
const isAbsolute = matches(/^[A-Za-z][-+.A-Za-z0-9]*:[!-~]+$/);
export const isUri = (value) => isAbsolute(value) && value.length <= 512;

function isSecond(value) {
  if (!matches(/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/)(value)) return false;
  const [year, month, day, hour, minute, second] = value.match(/[0-9]+/g).map(Number);
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const last = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  return year >= 1 && last >= day && day >= 1 && hour < 24 && minute < 60 && second < 60;
}

// The bytes of base64 or, without padding, base64url; null for another spelling.
export function bytesOf64(text) {
  try {
    return isText(text) ? decode(text) : null;
  } catch (error) {
    return null;
  }
}

export function bytesOfUrl(text) {
  if (!isText(text) || /[+/=]/.test(text)) return null;
  const standard = text.replace(/-/g, "+").replace(/_/g, "/");
  return bytesOf64(standard + "=".repeat((4 - (standard.length % 4)) % 4));
}

function isPrivate(value) {
  if (!isObject(value) || Object.keys(value).join() !== "_sd") return false;
  return isSalted(value._sd) && value._sd.length % 8 === 0;
}

// Digests of hidden fields: sorted, each once, at least one.
function isSalted(value) {
  if (!each(isText)(value)) return false;
  const areDigests = value.every((part) => (bytesOfUrl(part) || []).length === 32);
  const isSorted = value.every((part, at) => at === 0 || value[at - 1] < part);
  return value.length > 0 && areDigests && isSorted;
}

function isFiles(value) {
  const isName = matches(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/);
  return each((file) => isObject(file) && Object.keys(file).length === 2 && isName(file.name) && isDigest(file.sha256))(value)
    && value.length > 0 && value.every((file, at) => at === 0 || value[at - 1].name < file.name);
}

function isConversions(value) {
  return isObject(value) && Object.keys(value).every(
    (unit) => unit !== "" && isDecimal(value[unit]) && /[1-9]/.test(value[unit]),
  );
}

const isAmount = (...more) => (value) => {
  const names = ["item", "value", "unit", ...more];
  return isObject(value) && Object.keys(value).length === names.length
    && names.every((name) => Object.hasOwn(value, name))
    && isUri(value.item) && isDecimal(value.value) && among("kg", "L", "m", "1")(value.unit)
    && (!more.length || among(...FATES)(value.kind));
};

// A URI of which somebody is the owner; of a company prefix 7 to 12 digits.
function isOwned(value) {
  return isUri(value) && (!value.startsWith("urn:suyuan:prefix:") || /^urn:suyuan:prefix:[0-9]{7,12}$/.test(value));
}

function isTranslations(value) {
  const isLanguage = matches(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/);
  return isObject(value) && Object.keys(value).every((language) => isLanguage(language) && isWords(value[language]));
}

// Exactly these members; a name that ends in ? may be absent.
function has(value, shape, where) {
  demand(isObject(value), "members", `${where} must be an object`);
  for (const name of Object.keys(value)) {
    const check = name.endsWith("?") ? undefined : own(shape, name) || own(shape, `${name}?`);
    demand(check && check(value[name]), "members", `${where}/${name} is not as the format has it`);
  }
  for (const name of Object.keys(shape)) {
    demand(name.endsWith("?") || Object.hasOwn(value, name), "members", `${where} lacks ${name}`);
  }
}

const isOf = (shape) => (value) => {
  try {
    has(value, shape, "");
    return true;
  } catch (error) {
    return false;
  }
};

function own(shape, name) {
  return Object.hasOwn(shape, name) ? shape[name] : undefined;
}

const isPhoto = isOf({
  sha256: isDigest, size: (value) => isPositive(value) && value <= 7340032, type: among("image/jpeg", "image/png", "image/webp"),
});

const isDay = (value) => isText(value) && isSecond(`${value}T00:00:00Z`);
const RECORD = { index: isWhole, hash: isDigest };

// The forms of members, by the names that they have in the vocabulary.
const FORMS = {
  uri: isUri, digest: isDigest, whole: isWhole, count: isPositive, items: isPositive, second: isSecond,
  text: isText, words: isWords, steps: each(isWords), uris: each(isUri), keyids: each(isDigest),
  digests: each(isDigest), salted: isSalted, base64: (value) => bytesOf64(value) !== null,
  boolean: among(true, false), level: among(1, 2, 3), roles: each(among(...ROLES)), division: isDivision,
  remit: each((part) => isDivision(part) || isUri(part)), prefixes: each(matches(/^[0-9]{4,12}$/)),
  owned: isOwned, algorithm: among("Ed25519", "ECDSA-P256"), kept: among(...KEPT),
  conversions: isConversions, release: matches(/^[0-9a-f]{16}$/), files: isFiles, amounts: each(isAmount()),
  fates: (value) => each(isAmount("kind"))(value) && value.length <= 400,
  translations: isTranslations, allergens: each(among(...ALLERGENS)),
  token: matches(/^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/), day: isDay, records: each(isOf(RECORD)),
  shown: each(isOf({ ...RECORD, digests: isSalted })),
  nonce: (value) => { const bytes = bytesOfUrl(value) || []; return bytes.length >= 16 && bytes.length <= 64; },
  photos: (value) => each(isPhoto)(value) && value.length <= 8,
  coordinates: isOf({
    latitude: matches(/^-?(90(\.0{1,7})?|[1-8]?[0-9](\.[0-9]{1,7})?)$/),
    longitude: matches(/^-?(180(\.0{1,7})?|(1[0-7][0-9]|[1-9]?[0-9])(\.[0-9]{1,7})?)$/),
  }),
  net: isOf({ value: isDecimal, unit: among("kg", "L", "m", "1") }),
  licences: each(isOf({
    kind: among(...LICENCES), number: isWords, "expires?": isDay,
  })),
};

function shapeOf(name) {
  return Object.fromEntries(Object.entries(STATEMENTS[name][1]).map(([member, form]) => [member, FORMS[form]]));
}

// Whether a statement is of a type, or an op of one, that is not known here.
export function isNewer(statement) {
  if (!isObject(statement) || !isText(statement.type)) return false;
  if (statement.op !== undefined && statement.op !== null && !isText(statement.op)) return false;
  if (statement.type.includes(" ")) return true;
  return !Object.hasOwn(STATEMENTS, isText(statement.op) ? `${statement.type} ${statement.op}` : statement.type);
}

function checkStatement(statement) {
  if (isNewer(statement)) return;
  const words = ["type", "op"].filter((name) => Object.hasOwn(statement, name)).map((name) => statement[name]);
  const name = words.join(" ");
  demand(words.every(isText) && Object.hasOwn(statement, "type"), "members", "statement without a type");
  const shape = { ...shapeOf(name), type: isText, "suyuan:private?": isPrivate };
  if (words.length === 2) shape.op = isText;
  for (const hidden of ["name", "reason"]) {
    if (Object.hasOwn(statement, "suyuan:private") && Object.hasOwn(shape, hidden)) {
      shape[`${hidden}?`] = shape[hidden];
      delete shape[hidden];
    }
  }
  has(statement, shape, "/statement");
}

export const EPCS = ["epcList", "childEPCs", "inputEPCList", "outputEPCList"];
export const QUANTITIES = ["quantityList", "childQuantityList", "inputQuantityList",
  "outputQuantityList"];

export function checkEvent(event) {
  const isClass = (part) => isObject(part) && isText(part.epcClass);
  for (const name of ["type", "eventTime", "eventTimeZoneOffset"]) {
    demand(isText(event[name]), "members", `/event/${name} must be a string`);
  }
  for (const [names, check] of [[["parentID"], isText], [EPCS, each(isText)], [QUANTITIES, each(isClass)]]) {
    for (const name of names) {
      demand(!Object.hasOwn(event, name) || check(event[name]), "members", `/event/${name} is of another form`);
    }
  }
}

const FILE = { sha256: isDigest, size: isWhole, type: isWords };

// Throw Refused("members") unless the payload has the form of a link.
export function checkMembers(link) {
  has(link, {
    v: (value) => value === 1, ledger: isWords, actor: isUri, signed_at: isSecond,
    items: each(isObject), after: each(isObject), "document?": isObject, "event?": isObject,
    "event_ref?": isObject, "statement?": isObject,
  }, "payload");
  const bodies = ["event", "event_ref", "statement"].filter((name) => Object.hasOwn(link, name));
  demand(bodies.length === 1 && link.items.length > 0, "members", "one body, and items");
  for (const part of link.items) {
    has(part, { item: isText, seq: isWhole, prev: (value) => value === null || isDigest(value) }, "/items");
  }
  for (const part of link.after) has(part, { index: isWhole, hash: isDigest, "ledger?": isWords }, "/after");
  if (link.document) has(link.document, { ...FILE, as: among("own", "received") }, "/document");
  if (link.event_ref) has(link.event_ref, FILE, "/event_ref");
  if (link.event) checkEvent(link.event);
  if (link.statement) checkStatement(link.statement);
}
