// The form in which chosen lots are mixed into one basin: all of each, unless an amount is typed.

import { newCode, uriOf } from "./codes.js";
import { mixed, newTransformation, sumOf } from "./mixing.js";
import { at, words } from "../pages/page.js";
import * as slip from "./slip.js";
import { WRONGS, amount as amountOf } from "./slip-words.js";
import { _ } from "../sign/text.js";
import { inOwn, preferred, unitsOf } from "./units.js";
import { eventOf } from "../vocabulary.js";

const { host } = document.body.dataset;

// The form over rows that can be chosen: {line, micro(), isChosen(), choose(is)}. `present` gives
// the time; `sign` is given a draft, the basin and a title, and signs it.
export class Basin {
  constructor(present, sign) {
    Object.assign(this, { present, sign, rows: [], parts: new Map() });
    this.form = at("basin-form").content.firstElementChild;
    this.into = this.find(".into");
    this.into.onchange = () => this.draw();
    this.find(".name").oninput = () => this.draw();
    this.find(".cancel").onclick = () => this.leave();
    this.form.onsubmit = (event) => {
      event.preventDefault();
      this.mix();
    };
  }

  find(selector) {
    return this.form.querySelector(selector);
  }

  // Show what is chosen; called whenever a choice or an amount changes.
  show(rows) {
    this.rows = rows.filter((row) => row.isChosen() && row.micro() > 0);
    for (const [item, part] of this.parts) {
      if (this.rows.some((row) => row.line.item === item)) continue;
      part.element.remove();
      this.parts.delete(item);
    }
    for (const row of this.rows) if (!this.parts.has(row.line.item)) this.part(row);
    if (this.rows.length > 1 && !this.form.isConnected) at("mixing").append(this.form);
    if (this.rows.length < 2) return this.form.remove();
    const basins = this.rows.filter((row) => row.line.basin);
    const before = this.into.value;
    this.into.replaceChildren(new Option(_("A new basin"), ""));
    for (const { line } of basins) this.into.append(new Option(_("Fill up: %(name)s", { name: line.name }), line.item));
    const known = [...this.into.options].map((option) => option.value);
    this.into.value = known.includes(before) && this.told === basins.length ? before : known[known.length - 1];
    this.told = basins.length;
    this.into.parentNode.hidden = basins.length === 0;
    return this.draw();
  }

  // One of the lots that go in, with an amount that may be altered.
  part(row) {
    const element = at("part").content.firstElementChild.cloneNode(true);
    const number = element.querySelector(".number");
    element.querySelector(".of-name").textContent = row.line.name;
    [number.value, element.querySelector(".of-unit").textContent] = preferred(row.line, slip.textOf(row.micro()));
    number.oninput = () => this.draw();
    this.find(".parts").append(element);
    this.parts.set(row.line.item, { element, number, row });
    const joined = (names) => [...new Set(names)].join("、").slice(0, this.find(".name").maxLength);
    this.called = joined(this.rows.map(({ line }) => line.called || line.name));
    this.read = joined(this.rows.map(({ line }) => line.name));
    this.find(".name").value = this.called;
  }

  // The new basin's name as its reader reads it; what is signed is the one in the field.
  named() {
    const typed = this.find(".name").value.trim();
    return typed === this.called ? this.read : typed;
  }

  // The basin that is filled up; null for a new one.
  target() {
    const chosen = this.rows.find((row) => row.line.item === this.into.value);
    return chosen ? chosen.line : null;
  }

  // The parts that go in, and what is wrong: {parts, problem, field}.
  entered() {
    const target = this.target();
    const rows = this.rows.filter((row) => row.line !== target);
    const parts = [];
    const units = new Set([...rows, ...(target ? [{ line: target }] : [])].map(({ line }) => line.unit));
    for (const row of rows) {
      const { number } = this.parts.get(row.line.item);
      const value = inOwn(row.line, slip.typed(number.value), unitsOf(row.line)[0][1]);
      const micro = slip.microOf(value);
      const problem = micro === null ? "number" : micro === 0 ? "none" : micro > row.micro() ? "stock" : null;
      if (problem) return { parts, problem, field: number };
      parts.push({ item: row.line.item, uom: row.line.uom, value });
    }
    if (units.size > 1) return { parts, problem: "units", field: null };
    const name = this.find(".name");
    if (!target && !name.value.trim()) return { parts, problem: "name", field: name };
    return { parts, problem: null, field: null };
  }

  draw() {
    const target = this.target();
    for (const [item, part] of this.parts) part.element.hidden = target !== null && target.item === item;
    this.find(".of-name-of-basin").hidden = target !== null;
    this.find(".mix-it").textContent = target ? _("Fill up and sign") : _("Sign the mix");
    const { parts, problem } = this.entered();
    this.wrong(problem === "units" ? problem : null); // the rest is said when one signs
    this.find(".signs").textContent = problem ? "–" : this.title(parts, target);
  }

  title(parts, target) {
    const name = target ? target.name : this.named();
    const amount = amountOf(this.rows[0].line, sumOf(parts));
    return `${words.steps[eventOf("fills").bizStep]}: ${name} ${amount}`;
  }

  wrong(problem, field) {
    for (const marked of this.form.querySelectorAll("[aria-invalid]")) marked.removeAttribute("aria-invalid");
    this.find(".field-wrong").textContent = problem ? WRONGS[problem] : "";
    if (!field) return;
    this.find("details").open = true;
    field.setAttribute("aria-invalid", "true");
    field.focus();
  }

  async mix() {
    const { parts, problem, field } = this.entered();
    if (problem) return this.wrong(problem, field);
    const target = this.target();
    const { line } = this.rows[0];
    const basin = target
      ? { item: target.item, uom: target.uom, transformation: target.basin }
      : { item: uriOf(newCode(), host), uom: line.uom, transformation: newTransformation(), name: this.find(".name").value.trim() };
    const names = target || { name: this.named(), called: basin.name };
    const shown = { ...(target || line), ...basin, name: names.name, called: names.called, basin: basin.transformation };
    const title = this.title(parts, target);
    await this.sign(mixed(parts, basin, this.present()), { basin: { ...shown, value: "0", micro: 0 }, title });
    return this.leave();
  }

  leave() {
    for (const row of [...this.rows]) row.choose(false);
    this.find("details").open = false;
    this.show([]);
  }
}
