// Goods bought outside the ledger: what was bought before is one tap; then the amount, the slip.

import { Problem, post } from "../../sign/api.js";
import { _, fill as fillIn } from "../../sign/text.js";
import { TYPED, remember, remembered } from "../../offline/memory.js";
import { Unfit, attach } from "../attach.js";
import { answer, clear } from "../beside.js";
import { cellsOf, markAll } from "../fields.js";
import { at, fail, offerToSign, say } from "../page.js";
import { MISTAKES } from "./process-mistakes.js";

const { party, keyid, mostBytes, dailyFiles, dailySize, labelsUrl } = document.body.dataset;
const MEMORY = `suyuan-purchase ${party}`; // the unit that was chosen last
const TEXTS = ["product", "quantity", "supplier", "spec", "produced", "lot", "shelf_life", "producer", "uscc", "address", "contact", "bought"];
const FILES = ["slip", "certificate"];
const attached = new Map(); // what is kept already, by the field that took it
const WAITING = `${TYPED}${keyid} ${party}`;
let opened = null; // which of those typed without a network is in the form

if (at("purchase")) start();

function start() {
  const form = at("purchase");
  for (const button of form.querySelectorAll("[data-again]")) {
    button.onclick = () => fill(JSON.parse(button.dataset.again), at("quantity"));
  }
  for (const button of form.querySelectorAll("[data-supplier]")) {
    button.onclick = () => fill({ supplier: button.dataset.supplier, ...JSON.parse(button.dataset.form) }, button);
  }
  for (const id of FILES) at(id).onchange = () => take(at(id));
  // Another seller's details are not those of the one that was chosen.
  at("supplier").oninput = () => fill({ uscc: "", address: "", contact: "" });
  at("unit").value = remembered(MEMORY) || "KGM";
  answer(form, at("go"), draft);
  drawTyped();
}

// What was typed without a network waits on this device, to be looked through and signed.
function waitingBut(id) {
  return (remembered(WAITING) || []).filter((typed) => typed.id !== id);
}

function keepTyped(body) {
  const bought = body.bought || new Date().toLocaleDateString("sv"); // as 2026-11-24
  remember(WAITING, [...waitingBut(opened), { ...body, bought, files: [...attached], id: Date.now() }]);
  empty();
  say(_("Kept on this device: sign it when there is a network."));
}

function drawTyped() {
  const rows = waitingBut(null).map((typed) => {
    const row = at("typed-row").content.firstElementChild.cloneNode(true);
    const unit = [...at("unit").options].find((option) => option.value === typed.unit);
    row.querySelector(".title").textContent = `${typed.product} ${typed.quantity} ${unit ? unit.textContent : typed.unit}`;
    row.querySelector(".open").onclick = () => open(typed);
    row.querySelector(".drop").onclick = () => forget(typed.id);
    return row;
  });
  at("typed").hidden = rows.length === 0;
  at("typed-list").replaceChildren(...rows);
}

function open(typed) {
  empty();
  opened = typed.id;
  fill(typed, at("go"));
  at("bought").value = typed.bought;
  for (const [id, file] of typed.files) {
    attached.set(id, file);
    at(`${id}-state`).textContent = _("✓ attached");
  }
}

function forget(id) {
  remember(WAITING, waitingBut(id));
  drawTyped();
}

// Fill in what is known; the focus goes on to `next`.
function fill(values, next) {
  for (const [id, value] of Object.entries(values)) {
    const field = at(id);
    if (field && (value || id !== "unit") && id !== "bought") field.value = value;
  }
  if (at("unit").selectedIndex < 0) at("unit").value = "KGM";
  if (next) next.focus();
}

async function take(input) {
  const [file] = input.files;
  const state = at(`${input.id}-state`);
  at(`${input.id}-wrong`).textContent = "";
  if (!file) return;
  state.textContent = _("Being sent…");
  try {
    const isPrivate = "private" in input.dataset;
    const stored = await attach(file, Number(mostBytes), () => undefined, isPrivate);
    attached.set(input.id, { sha256: stored.sha256, kind: input.dataset.kind, ...(isPrivate && { salt: stored.salt, audience: "own" }) });
    state.textContent = _("✓ attached");
  } catch (error) {
    state.textContent = "";
    if (!(error instanceof Unfit)) return void fail(error);
    at(`${input.id}-wrong`).textContent = fillIn(MISTAKES[error.mistake], { files: dailyFiles, size: dailySize });
  }
}

async function draft() {
  clear(at("purchase"));
  say("");
  const body = Object.fromEntries([...TEXTS, "unit"].map((id) => [id, at(id).value.trim()]));
  body.files = [...attached.values()];
  try {
    const set = await post("/api/v1/purchases/draft", body);
    remember(MEMORY, body.unit);
    await offerToSign(set, at("go"), () => done(set));
  } catch (error) {
    if (error instanceof Problem && error.status === 0) return void keepTyped(body);
    const cells = cellsOf(error);
    if (cells === null) return void fail(error);
    markAll(at("purchase"), cells, "product");
    at("purchase").querySelector("[aria-invalid]").closest("details")?.setAttribute("open", "");
  }
}

function done(set) {
  const row = at("new").content.firstElementChild.cloneNode(true);
  const labels = row.querySelector(".to-labels");
  row.querySelector(".title").textContent = set.names[set.item];
  row.querySelector(".code").textContent = set.code;
  row.querySelector(".missing").hidden = !set.missing.length;
  row.querySelector(".missing").textContent = _("The rules ask for more: %(what)s.", { what: set.missing.join(_(", ")) });
  const url = new URL(labelsUrl, location.href);
  url.searchParams.set("item", set.code.replace(/-/g, ""));
  labels.href = url.href;
  labels.setAttribute("aria-label", `${labels.textContent}: ${set.names[set.item]} ${set.code}`);
  at("recorded").prepend(row);
  at("done").hidden = false;
  if (opened !== null) forget(opened);
  empty();
  at("done-title").focus();
}

function empty() {
  opened = null;
  for (const id of ["product", "quantity", "spec", "produced", "lot", "shelf_life", "producer", "bought"]) at(id).value = "";
  for (const id of FILES) {
    at(id).value = "";
    at(`${id}-state`).textContent = "";
  }
  attached.clear();
  drawTyped();
}
