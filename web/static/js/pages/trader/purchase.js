// Goods bought outside the ledger: what was bought before is one tap; then the amount, the slip.

import { post } from "../../sign/api.js";
import { _, fill as fillIn } from "../../sign/text.js";
import { remember, remembered } from "../../offline/memory.js";
import { Unfit, attach } from "../attach.js";
import { answer, clear } from "../beside.js";
import { cellsOf, markAll } from "../fields.js";
import { at, fail, offerToSign, say } from "../page.js";
import { MISTAKES } from "./process-mistakes.js";

const { party, mostBytes, dailyFiles, dailySize, labelsUrl } = document.body.dataset;
const MEMORY = `suyuan-purchase ${party}`; // the unit that was chosen last
const TEXTS = ["product", "quantity", "supplier", "spec", "produced", "lot", "shelf_life", "producer", "uscc", "address", "contact", "bought"];
const FILES = ["slip", "certificate"];
const attached = new Map(); // what is kept already, by the field that took it

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
  for (const id of ["product", "quantity", "spec", "produced", "lot", "shelf_life", "producer"]) at(id).value = "";
  for (const id of FILES) {
    at(id).value = "";
    at(`${id}-state`).textContent = "";
  }
  attached.clear();
  at("done-title").focus();
}
