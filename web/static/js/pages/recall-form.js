// What the pages of holds and recalls share: drafts asked for, what is wrong said beside its field,
// the lists shown that are signed by their digest.

import { Problem, post, postBlob } from "../sign/api.js";
import * as base64 from "../sign/base64.js";
import { hex, sha256 } from "../sign/dsse.js";
import { answer, clear, failAt } from "./beside.js";
import { at, element, fail, offerToSign, words } from "./page.js";
import { _ } from "../sign/text.js";

const MAX_FILE = 5 << 20;
const SHOWN = 200;
const EXACT = ["items", "accept_missing"]; // of which the server's own words say more

const WRONG_AT = {
  __proto__: null,
  items: _("Name at least one item, by a code of this ledger."),
  level: _("Choose a level."),
  known: _("A time that has been: since when it is known."),
  planned: _("A time that has been, since it is known: when the plan was made."),
  reason: _("Say why: what was found, where, by whom."),
  why_left_out: _("Say why what you left out is not concerned."),
  accept_missing: _("It does not add up yet: confirm that you close it all the same."),
};

// The draft to sign; Problem where it is refused.
export function drafted(draft) {
  return post("/api/v1/me/recalls/draft", draft);
}

// Show drafts, and below each list that one names what stands on it; then as offerToSign.
export async function offer(set, back, done) {
  const lists = [];
  for (const draft of set.drafts) {
    for (const file of draft.attachments || []) lists.push(await listed(file, draft.statement, set.names));
  }
  await offerToSign(set, back, done);
  at("sign-what").append(...lists, ...set.notes.map((note) => element("p", note)));
}

// The list that a statement names, in words; an Error for any other file.
async function listed(file, statement, names) {
  const bytes = base64.decode(file);
  const items = new TextDecoder().decode(bytes).split("\n").slice(0, -1);
  if (hex(await sha256(bytes)) !== statement.list || items.length !== statement.count) {
    throw new Error("the list is another than the one that the statement names");
  }
  const part = element("div");
  const title = words.statements[`${statement.type} ${statement.op}`] || statement.op;
  part.append(element("h3", `${title}: ${_("The items on the list")}`));
  const list = element("ul", undefined, "named");
  for (const item of items.slice(0, SHOWN)) list.append(element("li", names[item] || item));
  if (items.length > SHOWN) list.append(element("li", `… ${items.length}`));
  part.append(list);
  return part;
}

// Answer the forms that say something of an act; `actOf` a form names the act.
export function answerOps(actOf) {
  for (const form of document.querySelectorAll("form[data-op]")) {
    const button = form.querySelector("button");
    button.hidden = false;
    answer(form, button, () => offerOp(form, button, actOf(form)));
  }
}

async function offerOp(form, button, act) {
  clear(form);
  const { op } = form.dataset;
  const codes = (form.elements.codes ? form.elements.codes.value : "").split(/\s+/).filter(Boolean);
  const items = Array.from(form.querySelectorAll("[name=item]:checked"), (box) => box.value).concat(codes);
  const { reason, planned } = form.elements;
  const draft = { op, act, items, reason: (reason && reason.value.trim()) || null };
  if (planned) draft.planned = instant(planned);
  if (form.elements.accept_missing) draft.accept_missing = form.elements.accept_missing.checked;
  try {
    await offer(await drafted(draft), button, () => location.reload());
  } catch (error) {
    if (error instanceof Problem && error.status === 422 && /ended/.test(error.message)) {
      return fail(error, { 422: _("It was ended meanwhile. The page shows it as it is now.") });
    }
    refused(form, error);
  }
}

// The instant that a field of local time has, with the ledger's offset; null where it has none.
export function instant(field) {
  const text = field.value;
  if (!text) return null;
  const minutes = Number(document.body.dataset.offset);
  const size = Math.abs(minutes);
  const two = (number) => String(number).padStart(2, "0");
  return `${text.slice(0, 16)}:00${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

// Show the mistakes of a draft, beside their fields.
export function refused(form, error) {
  const isClosing = error instanceof Problem && error.status === 409 && error.body.closing;
  const problem = isClosing ? new Problem(409, { ...error.body, field: "accept_missing" }) : error;
  const textOf = ({ field, mistake, detail }) => {
    if (error.status === 403) return { text: _("You may not do this."), exact: detail };
    return { text: WRONG_AT[field], exact: EXACT.includes(field) && mistake !== "needed" ? detail : "" };
  };
  failAt(problem, (mistake) => placeOf(form, mistake.field), textOf, { 403: _("You may not do this.") });
}

// The field of a form with this name, and where its message stands; null where it has none.
function placeOf(form, name) {
  const says = form.querySelector(`[data-of="${name}"]`);
  if (!says) return null;
  const described = says.id && form.querySelector(`[aria-describedby~="${says.id}"]`);
  const mark = described || form.querySelector(`[name="${name === "items" ? "item" : name}"]`);
  return mark && { mark, says };
}

// Keep a file on the server; its SHA-256. Problem, or an Error, where it cannot be kept.
export async function upload(file) {
  if (file.size > MAX_FILE) throw new Problem(413, { detail: "", field: "file" });
  return (await postBlob("/api/v1/attachments", file)).sha256;
}
