// Labels: lots are chosen and counted, the statements signed here, and the file is printed.

import { Problem, post } from "../../sign/api.js";
import { answer } from "../beside.js";
import { rootOf } from "../../sign/labels-root.js";
import { remember, remembered } from "../../offline/memory.js";
import { start } from "../../offline/outbox-view.js";
import { at, fail, offerToSign, say } from "../page.js";
import * as slip from "../../offline/slip.js";
import { _ } from "../../sign/text.js";

const { party, most } = document.body.dataset;
const MOST = Number(most);
const STOPPED = {
  __proto__: null,
  recall: _("It is recalled: labels would put it on sale."),
  hold: _("It is on hold: labels would put it on sale."),
};
const MEMORY = `suyuan-labels ${party}`;
const language = document.documentElement.lang.slice(0, 2);
const chosen = { kind: "pdf", size: "60x40", language, counts: {}, ...remembered(MEMORY) }; // the last choices
const rows = [...document.querySelectorAll("[data-lot]")].map((element) => new Row(element));
let issued = []; // indexes of what was signed on this page

// One lot: whether it is chosen, and how many labels of it.
function Row(element) {
  const lot = JSON.parse(element.dataset.lot);
  const find = (selector) => element.querySelector(selector);
  const [box, count, wrong] = [find("[type=checkbox]"), find(".count"), find(".field-wrong")];
  Object.assign(this, { lot, count });
  const room = () => (lot.room ? Math.max(0, lot.room.had - lot.room.issued) : 0);
  count.value = String(lot.room ? Math.min(MOST, room() || 1) : chosen.counts[lot.name] || 10);
  this.number = () => (/^\d{1,6}$/.test(slip.typed(count.value)) ? Number(slip.typed(count.value)) : 0);
  this.isChosen = () => box.checked;
  this.say = (text) => {
    wrong.textContent = text;
    count[text ? "setAttribute" : "removeAttribute"]("aria-invalid", "true");
  };
  this.draw = () => {
    find(".of-count").hidden = !box.checked;
    const sum = lot.room ? lot.room.issued + this.number() : 0;
    const isOver = Boolean(lot.room) && sum > lot.room.had;
    find(".overdrawn").hidden = !isOver;
    const warning = isOver ? _("That makes %(issued)s labels for %(had)s pieces: more labels than goods. It can be signed, and it will be reported.", { issued: sum, had: lot.room.had }) : "";
    if (find(".overdrawn").textContent !== warning) find(".overdrawn").textContent = warning;
  };
  this.done = (made) => {
    if (lot.room) lot.room.issued += made;
    chosen.counts[lot.name] = made;
    box.checked = false;
    this.draw();
  };
  const change = (by) => () => {
    count.value = String(Math.min(MOST, Math.max(1, this.number() + by)));
    this.say("");
    this.draw();
  };
  find(".less").onclick = change(-1);
  find(".more").onclick = change(1);
  find(".less").setAttribute("aria-label", _("Fewer labels: %(name)s", { name: lot.name }));
  find(".more").setAttribute("aria-label", _("More labels: %(name)s", { name: lot.name }));
  box.onchange = () => {
    this.say("");
    at("choose-wrong").textContent = "";
    this.draw();
  };
  count.oninput = () => {
    this.say("");
    this.draw();
  };
  this.draw();
}

// Choose what fits together: label printers print rolls.
function arrange() {
  const [kind, size] = [at("kind"), at("size")];
  for (const option of size.options) option.hidden = option.disabled = kind.value !== "pdf" && "sheet" in option.dataset;
  if (size.selectedOptions.length === 0 || size.selectedOptions[0].disabled) size.value = "60x40";
  at("skip").parentNode.hidden = !("sheet" in size.selectedOptions[0].dataset);
  Object.assign(chosen, { kind: kind.value, size: size.value, language: at("language").value });
  link(at("file"), issued, false);
  at("file").textContent = kind.value === "pdf" ? _("Open the PDF and print") : _("Save the file for the printer");
  for (const again of document.querySelectorAll(".again")) link(again, [again.dataset.index], true);
}

function link(element, indexes, isAgain) {
  const query = new URLSearchParams({ size: chosen.size, language: chosen.language });
  const skip = slip.typed(at("skip").value);
  if (!at("skip").parentNode.hidden && /^\d+$/.test(skip) && skip !== "0") query.set("skip", skip);
  if (isAgain) query.set("again", "true");
  element.href = `/api/v1/labels/${indexes.join(",")}.${chosen.kind}?${query}`;
}

async function issue() {
  at("choose-wrong").textContent = "";
  const wanted = rows.filter((row) => row.isChosen());
  const wrong = wanted.filter((row) => row.number() < 1 || row.number() > MOST);
  for (const row of wanted) row.say(wrong.includes(row) ? _("Give a whole number from 1 to %(most)s.", { most: MOST }) : "");
  if (wrong.length) return wrong[0].count.focus();
  if (!wanted.length) return void (at("choose-wrong").textContent = _("Choose at least one lot."));
  const sum = wanted.reduce((all, row) => all + row.number(), 0);
  if (sum > MOST) return void (at("choose-wrong").textContent = _("At most %(most)s labels at once.", { most: MOST }));
  const lots = wanted.map((row) => ({ item: row.lot.item, count: row.number() }));
  try {
    const set = await post("/api/v1/labels/draft", { lots });
    if (!(await isAsked(set, lots))) return say(_("The server's draft is not what you entered. Nothing was signed."), true);
    await offerToSign(set, at("issue"), (receipts) => {
      issued = receipts.map((receipt) => receipt.index);
      wanted.forEach((row, number) => row.done(lots[number].count));
      at("ready").textContent = _("%(count)s labels are issued and can be printed.", { count: sum });
      arrange();
      remember(MEMORY, chosen);
      at("print").hidden = false;
      at("print-title").focus();
      at("print").scrollIntoView({ block: "nearest" });
    });
  } catch (error) {
    const row = error instanceof Problem && rows.find((other) => other.lot.item === error.body.field);
    if (!row) return fail(error);
    row.say([STOPPED[error.body.stopped] || _("No labels can be issued for it."), error.message].join(" "));
    row.count.focus();
  }
  return undefined;
}

// Whether drafts issue what was asked for, and their serials are the ones that they commit to.
async function isAsked(set, lots) {
  for (const [number, { item, count }] of lots.entries()) {
    const draft = set.drafts[number];
    const { serials } = set.labels[number];
    const statement = draft.statement;
    const isSame = draft.subjects.join() === item && statement.op === "issue" && statement.count === count;
    if (!isSame || new Set(serials).size !== count || (await rootOf(serials)) !== statement.root) return false;
  }
  return set.drafts.length === lots.length;
}

async function spoil() {
  const field = at("spoiled");
  const wrong = (text) => {
    at("void-wrong").textContent = text;
    field[text ? "setAttribute" : "removeAttribute"]("aria-invalid", "true");
    if (text) field.focus();
  };
  wrong("");
  if (!field.value.trim()) return wrong(_("Type or scan the label first."));
  try {
    const set = await post("/api/v1/labels/void/draft", { labels: [field.value.trim()] });
    await offerToSign(set, field, () => {
      field.value = "";
      say(_("Declared void: it must not be stuck on anything."));
    });
  } catch (error) {
    const isWrong = error instanceof Problem && error.status === 422;
    if (!isWrong) return fail(error);
    wrong([_("This is no good label of yours: type or scan it again."), error.message].join(" "));
  }
  return undefined;
}

if (rows.length) {
  at("kind").value = chosen.kind;
  at("size").value = chosen.size;
  at("language").value = chosen.language;
  for (const id of ["kind", "size", "language", "skip"]) {
    at(id).addEventListener("change", () => {
      arrange();
      remember(MEMORY, chosen);
    });
  }
  answer(at("choose"), at("issue"), issue);
  answer(at("void"), at("void-it"), spoil);
  arrange();
}
start().catch(fail); // what waits on this device is sent from here as well
