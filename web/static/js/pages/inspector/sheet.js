// A sampling sheet at a counter: filled from what is known of the lot, signed by the officer, kept in
// the outbox and sent once there is a network. The statement that opens a case (docs/format.md).

import * as canonical from "../../sign/canonical.js";
import { newCode } from "../../offline/codes.js";
import { commitmentOf, disclosureOf } from "../../sign/disclosed.js";
import * as outbox from "../../offline/outbox.js";
import { draw } from "../../offline/outbox-view.js";
import { answer, clear } from "../beside.js";
import { at, ledger, openPanel, present, say, signingKey } from "../page.js";
import { _ } from "../../sign/text.js";
import { drawn } from "../photo.js";
import { fileOf, sampledOf } from "./inspection.js";
import { rowsOf } from "./counter-seen.js";

const data = document.body.dataset;
const form = at("sheet-form");
const AMOUNT = /^(0|[1-9][0-9]*)(\.[0-9]+)? \S/;
const MOST = 6;
let view = null;
let photos = [];

// The sheet is of this lot now; what an earlier one said of another is gone.
export function sheetOf(seen) {
  view = seen;
  at("sheet").hidden = !(seen && seen.item && seen.holder);
  form.reset();
  clear(form);
  photos = [];
  count();
  const url = new URL(at("quick").href);
  url.searchParams.set("item", (seen && seen.code) || "");
  at("quick").href = url.href;
  for (const [name, value] of Object.entries((seen && seen.sheet) || {})) {
    const field = form.elements.namedItem(name);
    if (field) field.value = value;
  }
}

export function startSheet() {
  at("sheet-photo").onchange = () => addPhoto(at("sheet-photo"));
  answer(form, form.querySelector("button"), review);
}

// Drawn anew, so that neither place nor camera stands in it.
async function addPhoto(input) {
  const [file] = input.files;
  input.value = "";
  const blob = file && (await drawn(file, 2000, 0.85).catch(() => null)); // pixels
  if (blob) photos = [...photos, blob].slice(0, MOST);
  count();
}

function count() {
  at("sheet-photos").textContent = photos.length ? _("%(num)s photos, private", { num: photos.length }) : "";
}

// What is typed, by field; null, with what is wrong beside it.
function entered() {
  clear(form);
  const fields = [...form.elements].filter((field) => field.name);
  const said = Object.fromEntries(fields.map(({ name, value }) => [name, value.trim()]).filter(([, value]) => value));
  const wrong = fields.filter((field) => field.required && !said[field.name]).map((field) => [field, _("This is needed.")]);
  for (const field of fields) {
    if (said[field.name] && field.placeholder && !AMOUNT.test(said[field.name])) wrong.push([field, _("A number and its unit: 12.5 kg.")]);
  }
  for (const [field, text] of wrong) {
    field.setAttribute("aria-invalid", "true");
    at(`${field.id}-wrong`).textContent = text;
  }
  if (wrong.length) wrong[0][0].focus();
  return wrong.length ? null : { ...said, item: view.item };
}

async function review() {
  const said = entered();
  const key = said && (await signingKey());
  if (!key) return;
  const uri = `https://${data.host}/case/${newCode()}`;
  const disclosure = disclosureOf("/said", said);
  const statement = { type: "case", op: "open", uri, kind: "sample", party: view.holder.uri, "suyuan:private": await commitmentOf([disclosure]) };
  const audience = [...new Set([data.party, view.holder.uri, key.party])];
  const draft = { subjects: [uri], after: [], statement, disclosures: [{ disclosure, audience }] };
  const named = [...form.elements].filter(({ name }) => said[name]);
  rowsOf(at("sign-what"), [
    [_("At the counter of"), view.holder.name || view.holder.number],
    ...named.map((field) => [form.querySelector(`label[for="${field.id}"]`).firstChild.textContent.trim(), field.selectedOptions ? field.selectedOptions[0].textContent : said[field.name]]),
  ]);
  at("sign-exact").textContent = canonical.dumps({ statement });
  openPanel(form.querySelector("button"), async (close) => {
    const set = { ledger, actor: key.party, signed_at: `${new Date(present().time).toISOString().slice(0, 19)}Z`, drafts: [draft] };
    await outbox.keep(set, key, {}, { title: _("Sampling sheet %(number)s", { number: said.sheet }) });
    if (photos.length) await keepPhotos(set, key, said.sheet);
    close();
    sheetOf(view);
    say(_("Signed. It is in the outbox below."));
    await draw();
  });
}

// The event that a sample was taken, the office's, with the photos.
async function keepPhotos(set, key, sheet) {
  const files = await Promise.all(photos.map((blob) => fileOf(blob, "photo", true)));
  const { item, holder, latest, head } = view;
  const draft = await sampledOf({ item, actor: data.party, holder: holder.uri, latest, files }, present());
  const named = files.map(({ sha256, blob, salt }) => ({ sha256, blob, salt }));
  const title = _("Photos of sampling sheet %(number)s", { number: sheet });
  await outbox.keep({ ...set, actor: data.party, drafts: [draft] }, key, head ? { [item]: head } : {}, { title, photos: named });
}
