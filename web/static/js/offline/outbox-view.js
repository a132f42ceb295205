// The outbox on a page: what is signed and not sent yet, with a minute to undo it.

import * as base64 from "../sign/base64.js";
import * as outbox from "./outbox.js";
import { at, ledger, say } from "../pages/page.js";
import { _ } from "../sign/text.js";

const { party, person } = document.body.dataset; // an office, and who signs for it
const READ = 20000; // ms after which what was stopped has been read
const rows = new Map(); // by id: {row, record, leaving}
let drawn = "";
let onChange = () => undefined;
let onCorrect = null;

// Show the outbox and go on sending. `changed` gets all records, now and whenever they change;
// `correct`, where given, gets the record that somebody wants to correct.
export async function start(changed, correct) {
  onChange = changed || onChange;
  onCorrect = correct || null;
  const again = () => tick(true);
  addEventListener("online", again);
  addEventListener("offline", () => draw());
  document.addEventListener("visibilitychange", () => document.hidden || again());
  await draw();
  setInterval(() => tick(false), 1000);
  await tick(true);
}

// Read the outbox and show it.
export async function draw() {
  const every = await Promise.all([party, person].filter(Boolean).map((own) => outbox.records(ledger, own)));
  const records = every.flat().sort((left, right) => left.made - right.made);
  const now = JSON.stringify(records.map((record) => [record.id, record.state, record.is_tried]));
  for (const [id, { row }] of rows) {
    if (!records.some((record) => record.id === id)) {
      row.remove();
      rows.delete(id);
    }
  }
  for (const record of records) show(record, records);
  at("outbox").hidden = at("waiting").children.length === 0;
  const done = at("done");
  if (done) done.hidden = at("recorded").children.length === 0;
  if (now !== drawn) {
    drawn = now;
    onChange(records);
  }
  return records;
}

async function tick(isNow) {
  try {
    const sending = outbox.flush(isNow);
    await draw();
    await sending;
    await draw();
  } catch (error) {
    say(_("That did not work."), true, error.message);
  }
}

function show(record, all) {
  const known = rows.get(record.id) || { row: made(record), leaving: 0 };
  const { row } = known;
  rows.set(record.id, known);
  known.record = record;
  const list = record.state === "sent" ? at("recorded") : at("waiting");
  if (!list) return row.remove(); // a page that does not tell what was recorded
  if (row.parentNode !== list) list.prepend(row);
  text(row.querySelector(".state"), stateOf(record));
  row.classList.toggle("is-bad", record.state === "refused" || record.state === "stale");
  if (isStopped(record) && !known.leaving) known.leaving = setTimeout(() => outbox.dismiss(record.id).then(draw), READ);
  const isHeld = record.state === "held";
  visible(row, ".undo", outbox.isUndoable(record));
  visible(row, ".now", isHeld && outbox.left(record) > 0);
  visible(row, ".again", outbox.isOld(record));
  visible(row, ".remove", record.state === "refused" || record.state === "stale");
  const isCorrected = all.some((other) => other.corrects === record.id);
  visible(row, ".correct", record.state === "sent" && onCorrect && record.card && !isCorrected);
}

function stateOf(record) {
  if (record.state === "sent") return _("Recorded as no. %(index)s.", { index: spans(record.indexes) });
  if (record.state === "stale") return _("Another device of yours had answered this already. Nothing was sent twice.");
  if (outbox.isOld(record)) return _("It was not taken: it waited too long, or a clock is wrong. If it is still right, sign it again; it then has today's time.");
  if (isStopped(record)) return _("Not recorded: it is on hold or recalled.");
  if (record.state === "refused") return _("It was refused: %(detail)s", { detail: record.detail || record.rule });
  const left = outbox.left(record);
  if (left > 0) return _("Signed. It is sent in %(seconds)s seconds.", { seconds: Math.ceil(left / 1000) });
  if (navigator.onLine === false) return _("Signed. Waiting for the network.");
  if (record.claim) return _("Being sent…");
  if (record.status === 0) return _("Signed. Waiting for the network.");
  if (record.status === 401) return _("You are signed out. Sign in and try again.");
  return record.retry ? _("Signed. Waiting for an answer; it is sent again by itself.") : _("Being sent…");
}

// Whether a hold or a recall, which came meanwhile, stopped it.
export function isStopped(record) {
  return record.state === "refused" && record.rule === "hold";
}

function made(record) {
  const row = at("record").content.firstElementChild.cloneNode(true);
  row.dataset.record = record.id;
  Object.assign(row.querySelector(".title"), { textContent: record.title, lang: record.lang || "" });
  const undo = row.querySelector(".undo");
  undo.setAttribute("aria-label", _("Undo: %(title)s", { title: record.title }));
  undo.onclick = async () => {
    say((await outbox.undo(record.id)) ? _("Undone. Nothing was sent.") : _("It is being sent already and cannot be undone."));
    await draw();
  };
  row.querySelector(".now").onclick = async () => {
    const sending = outbox.sendNow(record.id);
    await draw();
    await sending;
    await draw();
  };
  row.querySelector(".again").onclick = async () => {
    await outbox.renew(record.id);
    await draw();
  };
  row.querySelector(".remove").onclick = async () => {
    await outbox.dismiss(record.id);
    await draw();
  };
  row.querySelector(".correct").onclick = () => onCorrect(rows.get(record.id).record);
  const exact = row.querySelector("details");
  exact.ontoggle = () => {
    const { entries } = rows.get(record.id).record;
    text(exact.querySelector("pre"), entries.map(payloadOf).join("\n\n"));
  };
  return row;
}

function payloadOf(entry) {
  return new TextDecoder().decode(base64.decode(JSON.parse(entry).payload));
}

function visible(row, selector, is) {
  row.querySelector(selector).hidden = !is;
}

function text(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

// 12, 13, 14, 20 as "12–14, 20".
export function spans(indexes) {
  const runs = [];
  for (const index of [...indexes].sort((left, right) => left - right)) {
    const last = runs[runs.length - 1];
    if (last && last[1] + 1 === index) last[1] = index;
    else runs.push([index, index]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`)).join(", ");
}
