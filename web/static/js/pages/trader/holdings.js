// What is on the counter: so much sold, so much lost, lots mixed into one basin, each in one form.

import { Basin } from "../../offline/basin.js";
import { ofChain } from "../../offline/codes.js";
import { later } from "../../sign/link.js";
import { isNewer, moved } from "../../offline/mixing.js";
import * as outbox from "../../offline/outbox.js";
import { draw, isStopped, start } from "../../offline/outbox-view.js";
import { at, fail, ledger, present, signingKey, words } from "../page.js";
import { WRONGS, amount } from "../../offline/slip-words.js";
import * as slip from "../../offline/slip.js";
import { _ } from "../../sign/text.js";
import { amountIn } from "../../offline/units.js";
import { eventOf } from "../../vocabulary.js";

const { party, now, heads, size } = document.body.dataset;
const known = JSON.parse(heads);
const STEPS = { sell: eventOf("sells"), lose: eventOf("loses") };
const rows = new Map(); // by item
const basin = at("mixing") ? new Basin(present, record) : null;

// One lot on the counter. `made` is the outbox's record that began it, where the page has it not.
class Row {
  constructor(element, line, made) {
    Object.assign(this, { element, line, made, delta: 0 });
    this.shown = element.querySelector(".amount");
    const actions = element.querySelector(".actions");
    actions.prepend(at("act").content.cloneNode(true));
    for (const kind of Object.keys(STEPS)) {
      const button = element.querySelector(`.${kind}`);
      button.setAttribute("aria-label", `${button.textContent}: ${line.name}`);
      button.onclick = () => offer(this, kind, button);
    }
    if (!basin) return;
    const pick = at("pick").content.firstElementChild.cloneNode(true);
    this.box = pick.querySelector("input");
    this.box.setAttribute("aria-label", _("Choose to mix: %(name)s", { name: line.name }));
    this.box.onchange = () => basin.show([...rows.values()]);
    element.querySelector(".line").prepend(pick);
  }

  // How much of it there is: as the page has it, and what has been signed since.
  micro() {
    return this.line.micro + this.delta;
  }

  isChosen() {
    return Boolean(this.box) && this.box.checked;
  }

  choose(is) {
    if (this.box) this.box.checked = is;
  }

  // A hold or a recall came meanwhile: nothing more is sold of it.
  stop() {
    if (this.element.classList.contains("is-stopped")) return;
    this.element.classList.add("is-stopped");
    this.choose(false);
    for (const part of this.element.querySelectorAll(".actions, form, .choose-it")) part.remove();
    this.element.append(at("stopped").content.cloneNode(true));
  }

  draw(delta) {
    if (delta === this.delta) return;
    this.delta = delta;
    this.shown.textContent = amount(this.line, slip.textOf(this.micro()));
    const isGone = this.micro() <= 0;
    this.element.classList.toggle("is-gone", isGone);
    if (isGone) this.choose(false);
    if (this.box) this.box.disabled = isGone;
  }
}

function offer(row, kind, button) {
  const { element, line } = row;
  const there = element.querySelector("form");
  const close = () => {
    element.querySelector("form").remove();
    for (const opener of element.querySelectorAll("[aria-expanded]")) opener.setAttribute("aria-expanded", "false");
    button.focus();
  };
  if (there) return close();
  const form = at("how-much").content.firstElementChild.cloneNode(true);
  const find = (selector) => form.querySelector(selector);
  const amountOf = amountIn(form, line);
  find(".signs").textContent = words.steps[STEPS[kind].bizStep];
  find(".of-reason").hidden = kind !== "lose";
  form.onsubmit = (happened) => {
    happened.preventDefault();
    const value = amountOf();
    const reason = kind === "lose" ? find(".choice").value : undefined;
    const micro = slip.microOf(value);
    const isMissing = kind === "lose" && !reason;
    const problem = micro === null ? "number" : micro === 0 ? "none" : micro > row.micro() ? "stock" : isMissing ? "reason" : null;
    if (problem) {
      find(".field-wrong").textContent = WRONGS[problem];
      const field = problem === "reason" ? find(".choice") : find(".number");
      field.setAttribute("aria-invalid", "true");
      field.focus();
      return;
    }
    const texts = { amount: amount(line, value), name: line.name };
    // Asked once, without a network too: the page has the usual amount, and what is far from it.
    const [usual, least, most] = (kind !== "lose" && line.usual) || [0, 0, Infinity];
    if ((micro < least || micro > most) && form.dataset.asked !== String(micro)) {
      form.dataset.asked = micro;
      const about = { ...texts, usual: amount(line, slip.textOf(usual)) };
      find(".field-wrong").textContent = _("%(name)s: %(amount)s? You usually enter about %(usual)s. Please look once more.", about);
      return;
    }
    const title = kind !== "lose" ? _("%(amount)s sold: %(name)s", texts) : _("%(amount)s lost: %(name)s", texts);
    const body = { ...STEPS[kind], ...(reason ? { "suyuan:reason": reason } : {}) };
    const draft = slip.single({ item: line.item, uom: line.uom, value }, body, present());
    record(draft, { title }).then(close).catch(fail);
  };
  find(".cancel").onclick = close;
  form.onkeydown = (pressed) => {
    if (pressed.key === "Escape") close(); // and answers nothing: false would keep keys from typing
  };
  element.append(form);
  button.setAttribute("aria-expanded", "true");
  find(".number").focus();
}

async function record(draft, more) {
  const key = await signingKey();
  if (key === null) return;
  const signedAt = later(new Date(Number(now)).toISOString(), present().time - Number(now));
  const set = { ledger, actor: party, signed_at: signedAt, drafts: [draft] };
  await outbox.keep(set, key, known, more);
  await draw();
}

// Show what the outbox says beyond the page: amounts, and basins begun on this device.
function changed(records) {
  const newer = records.filter((entry) => isNewer(entry, Number(size)));
  for (const [item, row] of rows) {
    if (!row.made || newer.some((entry) => entry.id === row.made)) continue;
    row.element.remove(); // undone, or refused
    rows.delete(item);
  }
  for (const entry of newer) {
    if (entry.basin && !rows.has(entry.basin.item)) begin(entry);
  }
  const units = new Map([...rows].map(([item, { line }]) => [item, line.uom]));
  const sums = moved(newer, Number(size), units);
  for (const [item, row] of rows) row.draw(sums.get(item) || 0);
  for (const entry of records.filter(isStopped)) {
    for (const item of entry.set.drafts.flatMap((draft) => draft.subjects)) if (rows.has(item)) rows.get(item).stop();
  }
  for (const entry of newer) if (entry.basin && entry.state === "sent") label(rows.get(entry.basin.item));
  if (basin) basin.show([...rows.values()]);
}

function begin(entry) {
  if (!at("lots")) return;
  const element = at("begun").content.firstElementChild.cloneNode(true);
  element.querySelector(".of-name").textContent = entry.basin.name;
  at("lots").prepend(element);
  rows.set(entry.basin.item, new Row(element, entry.basin, entry.id));
}

// A basin that is recorded can be labelled.
function label(row) {
  const link = row.element.querySelector(".labels");
  if (!link || !row.made) return;
  ofChain(row.line.item, party)
    .then((code) => {
      const lang = new URLSearchParams(location.search).get("lang");
      link.href = `/me/labels?item=${code}${lang ? `&lang=${encodeURIComponent(lang)}` : ""}`;
      link.hidden = false;
    })
    .catch(fail);
}

for (const element of document.querySelectorAll("[data-line]")) {
  const line = JSON.parse(element.dataset.line);
  rows.set(line.item, new Row(element, line, null));
}
start(changed).catch(fail);
