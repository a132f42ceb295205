// Arrivals: one slip a supplier, signed as it stands with one tap; what differs is answered first.

import * as canonical from "../../sign/canonical.js";
import { corrected, standingAfter } from "../../offline/correcting.js";
import { contents, later } from "../../sign/link.js";
import * as outbox from "../../offline/outbox.js";
import { draw, spans, start } from "../../offline/outbox-view.js";
import { at, element as made, fail, ledger, present, say, signingKey, words } from "../page.js";
import * as slip from "../../offline/slip.js";
import { odd, swiped } from "../../offline/slip-odd.js";
import { amount, changes, counted } from "../../offline/slip-words.js";
import { _ } from "../../sign/text.js";
import { eventOf } from "../../vocabulary.js";

const { party, now, heads } = document.body.dataset;
const known = JSON.parse(heads);
const REST = 400; // ms after a signature in which a second tap does nothing
const cards = [];

// One slip on the page: its dispatches, the answer to each line, and the drafts of the answers.
class Card {
  constructor(element, data, corrects) {
    Object.assign(this, { element, data, corrects });
    this.answers = new Map(corrects ? corrects.card.answers : []);
    this.back = { from: party, to: data.from };
    this.dispatches = data.dispatches;
    this.lines = element.querySelector(".lines");
    this.element.append(at("foot").content.cloneNode(true));
    this.button = element.querySelector(".sign-it");
    this.button.onclick = () => this.sign().catch(fail);
    this.exact = element.querySelector("details:last-of-type");
    this.exact.ontoggle = () => {
      if (this.exact.open) this.draw();
    };
    this.rows = new Map();
    for (const dispatch of data.dispatches) {
      for (const line of dispatch.lines) {
        this.row(dispatch, line);
        if (this.answerTo(dispatch, line).kind === "apart") this.open(dispatch, line);
      }
    }
    this.draw();
  }

  row(dispatch, line, list = this.lines) {
    const key = slip.keyOf(dispatch.index, line.item);
    let row = [...list.children].find((other) => other.dataset.key === key);
    if (!row) {
      row = at("row").content.firstElementChild.cloneNode(true);
      row.dataset.key = key;
      row.querySelector(".name").textContent = line.name;
      row.querySelector(".amount").textContent = amount(line, line.value);
      list.append(row);
    }
    const button = made("button", _("Differs"), "button is-plain other");
    button.setAttribute("aria-label", _("Something else than on the slip came: %(name)s", { name: line.name }));
    button.setAttribute("aria-expanded", "false");
    const change = made("p", "", "changed");
    row.firstElementChild.append(button);
    if (line.contents) row.firstElementChild.append(this.opener(dispatch, line));
    row.append(change);
    const open = () => odd(this, dispatch, line, row, button);
    button.onclick = open;
    swiped(row, open);
    this.rows.set(key, { row, line, change, button });
  }

  // A button by which a container is opened: what is in it is then confirmed one by one.
  opener(dispatch, line) {
    const button = made("button", _("Open"), "button is-plain other opener");
    button.setAttribute("aria-label", _("Confirm one by one what is inside: %(name)s", { name: line.name }));
    button.onclick = () => {
      this.answers.set(slip.keyOf(dispatch.index, line.item), { kind: "apart" });
      this.open(dispatch, line);
      this.draw();
    };
    return button;
  }

  open(dispatch, line) {
    const { row, button } = this.rows.get(slip.keyOf(dispatch.index, line.item));
    const form = row.querySelector("form");
    if (form) form.remove();
    row.querySelector(".opener").remove();
    button.remove();
    const list = made("ul", "", "lines inside");
    row.append(list);
    for (const content of line.contents) this.row(dispatch, content, list);
    list.querySelector("button").focus({ preventScroll: true });
  }

  answerTo(dispatch, line) {
    const answer = this.answers.get(slip.keyOf(dispatch.index, line.item));
    return answer || { kind: slip.isSound(line) ? "as" : "open" };
  }

  // Build what is to be signed anew, and show what it says: read from the drafts themselves.
  draw() {
    this.drafts = slip.draftsOf(this.dispatches, (dispatch, line) => this.answerTo(dispatch, line), present(), this.back);
    if (this.corrects) this.drafts = corrected(this.corrects, this.drafts, present());
    const shown = slip.answersOf(this.drafts.filter(({ event }) => !event.errorDeclaration));
    let [taken, refused] = [0, 0];
    for (const [key, { line, row, change }] of this.rows) {
      const answer = this.corrects ? shown.get(key) || this.standing(key) : shown.get(key);
      const text = answer ? changes(line, answer) : _("Not here yet: stays open");
      change.textContent = text;
      row.classList.toggle("is-odd", text !== "");
      row.classList.toggle("is-open", !answer);
      if (answer && answer.took !== undefined) taken += 1;
      if (answer && answer.refused !== undefined) refused += 1;
    }
    const steps = [[words.steps[eventOf("receives").bizStep], taken], [words.steps[eventOf("refuses").bizStep], refused]];
    const parts = steps.filter(([, count]) => count).map(([step, count]) => `${step} ${counted(count)}`);
    this.element.querySelector(".signs").textContent = parts.join(" · ") || "–";
    const left = [...this.rows.values()].filter(({ row }) => !row.hidden).length;
    const isPlain = this.answers.size === 0 && taken === left && !this.corrects;
    this.button.textContent = isPlain ? _("All as on the slip: sign") : _("As shown here: sign");
    if (!this.drafts.length) this.button.textContent = this.corrects ? _("Nothing was changed: there is nothing to correct.") : _("Nothing is left to sign here");
    this.button.disabled = !this.drafts.length;
    const bodies = contents(this.set()).map((body) => canonical.dumps(body));
    this.exact.querySelector("pre").textContent = this.exact.open ? bodies.join("\n\n") : "";
  }

  // What stands of a line that a correction leaves alone.
  standing(key) {
    return slip.answersOf(this.corrects.standing).get(key);
  }

  set() {
    const signedAt = later(new Date(Number(now)).toISOString(), present().time - Number(now));
    return { ledger, actor: party, signed_at: signedAt, drafts: this.drafts };
  }

  async sign() {
    const key = await signingKey();
    if (key === null) return;
    // Of what another tab has signed meanwhile nothing is signed again.
    if (!this.corrects) this.cover(await outbox.records(ledger, party));
    if (!this.exact.open) this.draw(); // the text that is open is what is signed
    if (!this.drafts.length) return;
    rest();
    await outbox.keep(this.set(), key, known, {
      title: this.title(),
      after: this.corrects ? [] : this.answered(),
      card: { data: { ...this.data, dispatches: this.dispatches }, answers: [...this.answers] },
      standing: this.corrects ? standingAfter(this.corrects, this.drafts) : this.drafts,
      corrects: this.corrects ? this.corrects.id : null,
    });
    say("");
    if (this.corrects) this.remove();
    await draw();
    if (!this.corrects) this.element.querySelector("h2").focus({ preventScroll: true });
  }

  title() {
    const { sender } = this.data;
    if (this.corrects) return _("Correction: %(title)s", { title: sender });
    return `${sender} · ${counted(slip.answersOf(this.drafts).size)}`;
  }

  answered() {
    const indexes = new Map();
    for (const { after, subjects } of this.drafts) {
      const [{ index }] = after;
      const { lines } = this.dispatches.find((dispatch) => dispatch.index === index);
      const items = subjects.filter((item) => lines.some((line) => line.item === item)); // and no contents
      indexes.set(index, [...(indexes.get(index) || []), ...items]);
    }
    return [...indexes].map(([index, items]) => ({ index, items: [...new Set(items)] }));
  }

  // Take out what records of the outbox answer already; all of it: the card is done.
  cover(records) {
    const done = new Map();
    for (const { after, state } of records) {
      if (state === "refused") continue;
      for (const { index, items } of after) for (const item of items) done.set(slip.keyOf(index, item), state);
    }
    const isLeft = (dispatch) => (line) => !done.has(slip.keyOf(dispatch.index, line.item));
    this.dispatches = this.data.dispatches
      .map((dispatch) => ({ ...dispatch, lines: dispatch.lines.filter(isLeft(dispatch)) }))
      .filter((dispatch) => dispatch.lines.length);
    const isDone = ([key, { line, row }]) => (line.isContent ? row.parentNode.parentNode.hidden : done.has(key));
    for (const entry of this.rows) entry[1].row.hidden = isDone(entry);
    this.element.classList.toggle("is-done", this.dispatches.length === 0);
    if (!this.exact.open) this.draw();
    const lines = [...this.rows].filter(([, { line }]) => !line.isContent);
    const rows = lines.filter(([key]) => done.has(key));
    const left = lines.length - rows.length;
    this.element.classList.toggle("is-part", rows.length > 0 && left > 0);
    this.element.querySelector(".count").textContent = counted(left || lines.length);
    if (left) return;
    const isRecorded = rows.every(([key]) => done.get(key) === "sent");
    this.button.textContent = isRecorded ? _("It is recorded.") : _("Signed. It is in the outbox below.");
  }

  remove() {
    cards.splice(cards.indexOf(this), 1);
    this.element.remove();
  }
}

// After a signature the next slip moves up under the thumb: a second tap comes to nothing.
function rest() {
  document.body.classList.add("is-resting");
  setTimeout(() => document.body.classList.remove("is-resting"), REST);
}

function correct(record) {
  const there = cards.find((card) => card.corrects && card.corrects.id === record.id);
  if (there) return there.element.querySelector("h2").focus();
  const element = at("correction").content.firstElementChild.cloneNode(true);
  const { data } = record.card;
  element.querySelector("h2").textContent = data.sender;
  element.querySelector(".note").textContent = _("This corrects what was recorded as no. %(index)s. Change what was wrong, then sign: both records stay visible.", { index: spans(record.indexes) });
  const count = data.dispatches.reduce((sum, dispatch) => sum + dispatch.lines.length, 0);
  element.querySelector(".count").textContent = counted(count);
  at("correcting").append(element);
  const card = new Card(element, data, record);
  cards.push(card);
  const leave = element.querySelector(".leave-it");
  leave.hidden = false;
  leave.onclick = () => card.remove();
  element.querySelector("h2").focus();
  element.scrollIntoView({ block: "start" });
}

for (const element of document.querySelectorAll("[data-slip]")) {
  cards.push(new Card(element, JSON.parse(element.dataset.slip)));
}
start((records) => {
  for (const card of cards) if (!card.corrects) card.cover(records);
}, correct).catch(fail);
