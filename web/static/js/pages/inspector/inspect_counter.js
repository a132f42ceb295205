// At a counter: look a label up, see what is known, and sign what was found; also offline.

import { Problem, get, postBlob } from "../../sign/api.js";
import { answer } from "../beside.js";
import * as canonical from "../../sign/canonical.js";
import * as kept from "../../offline/counter-kept.js";
import { rowsOf, show, timeOf } from "./counter-seen.js";
import { fieldsOf } from "../../sign/disclosed.js";
import { draftOf, fileOf, inWords } from "./inspection.js";
import * as outbox from "../../offline/outbox.js";
import { draw, start } from "../../offline/outbox-view.js";
import { at, element, fail, ledger, openPanel, present, say, signingKey, words } from "../page.js";
import { drawn, seen, shrink } from "../photo.js";
import { sheetOf, startSheet } from "./sheet.js";
import { signing } from "./signature.js";
import { microOf, typed } from "../../offline/slip.js";
import { _ } from "../../sign/text.js";
import { hiddenRow } from "../../sign/words.js";

const data = document.body.dataset;
let view = null; // what is looked at
let photos = []; // {blob, isOpen}
let pad = null;

begin().catch(fail);

async function begin() {
  answer(at("find"), at("find").querySelector("button"), () => lookUp(at("code").value.trim()));
  at("code-photo").onchange = () => readPhoto(at("code-photo"));
  pad = signing();
  startSheet();
  answer(at("record-form"), at("review"), review);
  for (const box of boxes()) box.onchange = () => exclude(box);
  at("photo").onchange = () => addPhoto(at("photo"));
  offerCamera().catch(() => undefined);
  listBefore();
  await start();
  const code = new URLSearchParams(location.search).get("code");
  if (data.shop) {
    view = { item: null, name: data.name, code: "", holder: { uri: data.shop, name: data.name }, holding: [], latest: null, head: null };
    at("seen").hidden = false;
    clear();
  } else if (code) {
    at("code").value = code;
    await lookUp(code);
  }
}

async function lookUp(code, holder) {
  at("code-wrong").textContent = "";
  at("code").removeAttribute("aria-invalid");
  if (!code) return refuse(_("Type or scan a code first."));
  at("looking").textContent = _("Looking it up…");
  const query = new URLSearchParams({ item: code, lang: document.documentElement.lang.slice(0, 2) });
  if (holder) query.set("holder", holder);
  try {
    const result = await get(`/api/v1/items/counter?${query}`);
    if (result.holder) kept.keep(data.keyid, code, result);
    take(result, null, code);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const before = error.status === 0 || error.status >= 500 ? kept.find(data.keyid, code) : null;
    if (before) take(before.view, before.at, code);
    else if (error.status === 0) refuse(_("No connection, and this code was not looked up here before."));
    else if (error.status === 404) refuse(_("This is no code of this ledger. Compare it with the label."));
    else if (error.status === 403) refuse(_("This counter is not in your remit."));
    else fail(error);
  } finally {
    at("looking").textContent = "";
  }
  listBefore();
}

function refuse(text) {
  at("code-wrong").textContent = text;
  at("code").setAttribute("aria-invalid", "true");
  at("code").focus();
}

// Show the result; where the code names no holder, let the counter be chosen.
function take(result, asOf, code) {
  view = result.holder ? result : null;
  at("sign").hidden = true;
  at("holders").hidden = Boolean(result.holder);
  at("seen").hidden = !result.holder;
  sheetOf(view);
  if (result.holder) {
    show(result, asOf);
    clear();
    at("answer").querySelector(".heading").focus({ preventScroll: true });
    at("seen").scrollIntoView();
    return;
  }
  at("holders-title").textContent = result.holders.length ? _("Nobody is named by this code. Choose at whose counter it is.") : _("Nobody in your remit has any of it by the records.");
  picks(at("holders"), result.holders.map((holder) => ({
    text: holder.name, sub: holder.words || "", pick: () => lookUp(code, holder.uri).catch(fail),
  })));
}

function listBefore() {
  const before = kept.all(data.keyid);
  at("before").hidden = before.length === 0;
  const language = document.documentElement.lang;
  picks(at("before"), before.map(({ asked: code, at: when, view: result }) => ({
    text: `${result.name} · ${result.holder.name || result.holder.number}`,
    sub: timeOf(when, language),
    pick: () => {
      at("code").value = code;
      return lookUp(code, result.holder.uri).catch(fail);
    },
  })));
}

function picks(where, choices) {
  where.querySelector("ul").replaceChildren(...choices.map(({ text, sub, pick }) => {
    const row = element("li");
    const button = element("button", text, "button is-plain");
    button.append(element("span", sub));
    button.onclick = pick;
    row.append(button);
    return row;
  }));
}

// Codes by camera, where the browser reads them, or by a photo that the server reads.

async function offerCamera() {
  if (!("BarcodeDetector" in self) || !navigator.mediaDevices) return;
  if (!(await BarcodeDetector.getSupportedFormats()).includes("qr_code")) return;
  at("camera").hidden = false;
  at("camera").onclick = () => look(new BarcodeDetector({ formats: ["qr_code"] }));
}

async function look(detector) {
  const say = (text) => { at("looking").textContent = text; };
  const code = await seen(detector, at("video"), say);
  if (code === null) return;
  at("video").hidden = true;
  at("code").value = code;
  lookUp(code).catch(fail);
}

async function readPhoto(input) {
  await shrink(input);
  const [file] = input.files;
  input.value = "";
  if (!file) return;
  at("looking").textContent = _("Looking it up…");
  at("code-wrong").textContent = "";
  try {
    const { text } = await postBlob("/api/v1/inspections/scan", file);
    at("code").value = text;
    await lookUp(text);
  } catch (error) {
    at("looking").textContent = "";
    if (!(error instanceof Problem) || ![0, 413, 422].includes(error.status)) return fail(error);
    if (error.status === 0) refuse(_("No connection: nothing was sent. Please try again."));
    else refuse(error.body.field === "code" ? _("No code was found in the photo. Go closer, hold still, mind the glare.") : _("The photo must be a JPEG, PNG or WebP of at most 7 MB and 12 million pixels."));
  }
}

// What was found.

function boxes() {
  return [...at("record-form").querySelectorAll("[name=outcome]")];
}

// All right, or what is not.
function exclude(changed) {
  if (!changed.checked) return;
  for (const box of boxes()) {
    if (box !== changed && (box.value === "ok" || changed.value === "ok")) box.checked = false;
  }
}

function clear() {
  at("record-form").reset();
  photos = [];
  showPhotos();
  pad.clear();
  for (const id of ["outcome", "checks", "inspectors", "amount", "note", "photo", "typed"]) wrong(id, "");
  const [first] = view.holding;
  if (first && first.value !== null) at("unit").value = first.unit || "C62";
}

async function addPhoto(input) {
  const [file] = input.files;
  input.value = "";
  if (!file) return;
  wrong("photo", "");
  try {
    // Drawn anew, so that neither place nor camera stands in it, and not large.
    const blob = await drawn(file, 2000, 0.85); // pixels
    if (!blob) throw new Error("the picture cannot be drawn");
    photos = [...photos, { blob, isOpen: false }].slice(0, 4);
    showPhotos();
  } catch (error) {
    wrong("photo", _("The photo must be a JPEG, PNG or WebP of at most 7 MB and 12 million pixels."));
  }
}

function showPhotos() {
  at("photos").replaceChildren(...photos.map((photo, number) => {
    const row = element("li");
    const canvas = element("canvas");
    canvas.setAttribute("aria-hidden", "true"); // its own page policy shows no blob: images
    createImageBitmap(photo.blob).then((picture) => {
      canvas.width = 160;
      canvas.height = Math.round((160 * picture.height) / picture.width);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    }).catch(() => undefined);
    const button = element("button", "×", "button is-plain");
    button.setAttribute("aria-label", _("Remove photo %(number)s", { number: number + 1 }));
    button.onclick = () => {
      photos = photos.filter((other) => other !== photo);
      showPhotos();
      at("photo").focus();
    };
    const open = element("input");
    Object.assign(open, { type: "checkbox", checked: photo.isOpen, onchange: () => { photo.isOpen = open.checked; } });
    const label = element("label", undefined, "tick");
    label.append(open, ` ${_("Publish it")}`);
    row.append(canvas, button, label);
    return row;
  }));
}

function wrong(id, text) {
  at(`${id}-wrong`).textContent = text;
  const field = at(id);
  if (field && text) field.setAttribute("aria-invalid", "true");
  else if (field) field.removeAttribute("aria-invalid");
  return Boolean(text);
}

// What is typed, as inspection.js takes it, but for the files; null, with a message, where it is
// wrong.
function entered() {
  const form = at("record-form");
  const chosen = boxes().filter((box) => box.checked).map((box) => box.value);
  const outcomes = chosen.filter((outcome) => outcome !== "ok");
  const checks = {};
  for (const box of form.querySelectorAll("[data-check]:checked")) checks[box.dataset.check] = box.value;
  const selects = [...form.querySelectorAll(".inspectors select")];
  const inspectors = selects.map((select) => select.value).filter(Boolean);
  const names = inspectors.map(nameOf).join(_("; "));
  const isUnsigned = at("unsigned").checked;
  const amount = typed(at("amount").value);
  const note = at("note").value.replace(/\r\n?/g, "\n").trim();
  const isMissing = outcomes.includes("quantity") && !amount;
  const isTwo = selects.length === 0 || new Set(inspectors).size === 2;
  const isPart = at("kind").value === "thorough" && Object.keys(checks).length < form.querySelectorAll(".checks fieldset").length;
  const problems = [
    ["inspectors", isTwo ? "" : _("Choose two inspectors."), selects.find((select) => !select.value) || selects[1]],
    ["outcome", view.item && !chosen.length ? _("Say what was found, or that all is right.") : "", boxes()[0]],
    ["checks", isPart ? _("A thorough inspection answers each item of the list.") : !view.item && !Object.keys(checks).length ? _("Answer at least one item of the list.") : "", form.querySelector("[data-check]")],
    ["amount", isMissing ? _("Say how much was found.") : amount && microOf(amount) === null ? _("Give a number, such as 25 or 25.5, of at most 9 digits and 6 decimals.") : "", at("amount")],
    ["note", note.length > 1000 ? _("At most 1,000 characters.") : isUnsigned && !note ? _("Say in the note why nobody of the shop signs.") : "", at("note")],
  ];
  const bad = problems.filter(([id, text]) => wrong(id, text));
  if (bad.length) {
    bad[0][2].focus();
    return null;
  }
  const quantity = amount ? { value: plain(amount), unit: at("unit").value } : null;
  return { item: view.item, actor: data.party, holder: view.holder.uri, latest: view.latest, outcomes, checks, inspectors, names, found: quantity, note, isUnsigned, kind: at("kind").value };
}

// The pictures, and the signature last; null, with a message, where a shop's is not signed.
async function files(inspection) {
  const signed = inspection.isUnsigned ? null : await pad.picture();
  const isMissing = !view.item && !signed && !inspection.isUnsigned;
  if (wrong("typed", isMissing ? _("Let somebody of the shop sign, or say that nobody does.") : "")) {
    at("typed").focus();
    return null;
  }
  const pictures = await Promise.all(photos.map(({ blob, isOpen }) => fileOf(blob, "photo", !isOpen)));
  return signed ? [...pictures, await fileOf(signed, "signature", true)] : pictures;
}

function plain(amount) {
  const [whole, rest = ""] = amount.split(".");
  const digits = rest.replace(/0+$/, "");
  return `${whole.replace(/^0+(?=\d)/, "")}${digits ? `.${digits}` : ""}`;
}

function nameOf(uri) {
  return document.querySelector(`.inspectors option[value="${CSS.escape(uri)}"]`).textContent;
}

// The items of the list that failed, in words.
function failed(checks) {
  const names = Object.keys(checks).filter((name) => checks[name] === "fail");
  return names.map((name) => at(`check-${name}`).textContent).join("; ");
}

// Show what is to be signed, made of the very draft; sign it and keep it to be sent.
async function review() {
  const inspection = entered();
  const named = inspection && (await files(inspection));
  if (!named) return;
  inspection.files = named;
  const key = await signingKey();
  if (key === null) return;
  const now = present();
  const draft = await draftOf(inspection, now);
  const note = (await fieldsOf(draft, draft.disclosures)).find(({ pointer }) => pointer === "/suyuan:note");
  const seen = view;
  const { event } = draft;
  const name = seen.name;
  rowsOf(at("sign-what"), [
    [_("Goods"), seen.item ? `${name} (${seen.code})` : ""],
    [_("At the counter of"), event["suyuan:inspected"] === seen.holder.uri ? seen.holder.name || seen.holder.number : event["suyuan:inspected"]],
    [_("Inspectors"), inspection.names],
    [_("Result"), inWords(event, words)],
    [_("Not right"), failed(inspection.checks)],
    [_("Note, hidden but for them"), note ? hiddenRow(note, words, { [seen.holder.uri]: seen.holder.name })[1] : ""],
    [_("Photos"), photos.length ? _("%(num)s, published: %(open)s", { num: photos.length, open: photos.filter((photo) => photo.isOpen).length }) : ""],
    [_("Signature of the shop"), inspection.isUnsigned ? _("nobody signed") : named.some((file) => file.as === "signature") ? _("drawn on this screen; private") : ""],
    [_("Time"), event.eventTime.slice(0, 16).replace("T", " ")],
  ]);
  at("sign-exact").textContent = canonical.dumps({ event });
  openPanel(at("review"), async (close) => {
    const set = { ledger, actor: data.party, signed_at: `${new Date(now.time).toISOString().slice(0, 19)}Z`, drafts: [draft] };
    const known = seen.head ? { [seen.item]: seen.head } : {};
    const title = _("Inspection: %(name)s, %(result)s", { name, result: inWords(event, words) });
    await outbox.keep(set, key, known, { title, photos: named.map(({ sha256: digest, blob, salt }) => ({ sha256: digest, blob, salt })) });
    close();
    clear();
    say(_("Signed. It is in the outbox below."));
    await draw();
  });
}
