// Registering batches: one in a short form, filled in as last time; yesterday's again in one tap.

import { post } from "../../sign/api.js";
import { answer, clear } from "../beside.js";
import { cellsOf, mark, markAll, textOf } from "../fields.js";
import "../divisions.js";
import { at, fail, offerToSign, say } from "../page.js";
import { _ } from "../../sign/text.js";

const data = document.body.dataset;
const form = at("batch");
const REST = [...at("rest").querySelectorAll("input")].map((field) => field.id);
const TYPED = ["quantity", "unit", "produced", ...REST];
const nothing = JSON.parse(data.nothing);

function chosen() {
  const option = at("product").selectedOptions[0];
  return option.dataset.choice ? JSON.parse(option.dataset.choice) : nothing;
}

function isOther() {
  return at("product").selectedOptions[0].hasAttribute("data-other");
}

// Fill in what was answered last time of the product that is chosen; the amount stays to be typed.
function choose() {
  const choice = chosen();
  at("other").hidden = !isOther();
  at("unit").replaceChildren(...choice.units.map(([value, text]) => new Option(text, value)));
  at("unit").value = choice.form.unit;
  if (at("unit").selectedIndex < 0) at("unit").selectedIndex = 0;
  at("quantity").placeholder = choice.last ? _("Last: %(amount)s", { amount: choice.last }) : "";
  for (const id of REST) at(id).value = choice.form[id];
  if (at("place")) at("place").value = choice.form.place;
  at("begin").checked = Boolean(choice.begin) && choice.form.begin === choice.begin;
  begins();
  rest();
}

function begins() {
  const { begin } = chosen();
  const isOffered = Boolean(begin) && at("produced").value === data.today;
  const text = at("of-begin").querySelector("span");
  at("of-begin").hidden = !isOffered;
  text.textContent = begin ? text.dataset[begin] : "";
}

function stated(id) {
  const text = at(id).value.trim();
  return id === "shelf_life" && text ? _("shelf life in days: %(count)s", { count: text }) : text;
}

function rest() {
  at("rest-says").textContent = REST.map(stated).filter(Boolean).join(" · ");
}

function answers() {
  const { begin, form: known } = chosen();
  const batch = { ...known, product: at("product").value };
  for (const id of TYPED) batch[id] = at(id).value;
  batch.place = at("place") ? at("place").value : "";
  batch.begin = !at("of-begin").hidden && at("begin").checked ? begin : "";
  if (isOther()) {
    batch.name = at("name").value;
    batch.category = at("category").value;
  }
  return batch;
}

function registered(batches) {
  for (const batch of batches) {
    const row = at("new").content.firstElementChild.cloneNode(true);
    row.querySelector(".title").textContent = batch.name;
    row.querySelector(".code").textContent = batch.code;
    const links = { "to-item": to(data.itemUrl, batch, true), "to-labels": to(data.labelsUrl, batch), "to-process": to(data.processUrl, batch) };
    for (const [name, url] of Object.entries(links)) {
      const link = row.querySelector(`.${name}`);
      link.href = url;
      link.setAttribute("aria-label", `${link.textContent}: ${batch.name} ${batch.code}`);
    }
    at("registered").prepend(row);
  }
  at("done").hidden = false;
  at("done-title").focus();
  at("done").scrollIntoView({ block: "start" });
}

function to(path, batch, isItem) {
  const url = new URL(path, location.href);
  if (isItem) url.pathname += batch.code.replace(/-/g, "");
  else url.searchParams.set("item", batch.code.replace(/-/g, ""));
  return url.href;
}

async function register(batches, back, wrong) {
  try {
    const set = await post("/api/v1/batches/draft", { batches });
    await offerToSign(set, back, () => {
      registered(set.batches);
      back.dispatchEvent(new Event("signed", { bubbles: true }));
    });
  } catch (error) {
    const cells = cellsOf(error);
    if (cells === null) return void fail(error);
    say(_("Please look at what is marked."), true);
    wrong(cells);
  }
}

answer(form, at("go"), () => {
  clear(form);
  return register([answers()], at("go"), (cells) => markAll(form, cells, "quantity"));
});
form.addEventListener("signed", () => {
  at("quantity").value = "";
  at("lot").value = "";
  rest();
});
at("product").addEventListener("change", choose);
at("produced").addEventListener("change", begins);
form.addEventListener("input", rest);
choose();

// The same as yesterday: an amount that was cleared leaves its batch out.
const again = at("again-form");
if (again) {
  const rows = Array.from(again.querySelectorAll("[data-again]"));
  answer(again, at("again-go"), () => {
    clear(again);
    const taken = rows.filter((row) => row.querySelector(".quantity").value.trim());
    if (!taken.length) return void say(_("Give an amount for at least one of them."), true);
    const batches = taken.map((row) => {
      const lot = row.querySelector(".lot");
      const quantity = row.querySelector(".quantity").value;
      return { ...JSON.parse(row.dataset.again), quantity, lot: lot ? lot.value : "" };
    });
    return register(batches, at("again-go"), (cells) => marked(taken, cells));
  });
  again.addEventListener("signed", () => {
    at("again").hidden = true;
  });
}

function marked(rows, cells) {
  for (const cell of cells) {
    const row = rows[cell.row - 1];
    const place = (cell.column === "lot" && row.querySelector(".lot")) || row.querySelector(".quantity");
    mark(place, row.querySelector(".field-wrong"), textOf(cell));
  }
  again.querySelector("[aria-invalid]").focus();
}
