// Products: a form whose statement is signed here, for a new one or one that is changed.

import { post } from "../../sign/api.js";
import { answer, clear } from "../beside.js";
import { cellsOf, markAll } from "../fields.js";
import { at, fail, offerToSign } from "../page.js";

const TEXTS = ["name", "category", "unit", "shelf_life", "spec"];
const form = at("product");
const title = at("form-title");
let changed = ""; // the URI of the product that is changed

function pair(word, ratio) {
  const row = at("pair").content.firstElementChild.cloneNode(true);
  row.querySelector(".word").value = word || "";
  row.querySelector(".ratio").value = ratio || "";
  at("pairs").append(row);
  bases();
  return row;
}

function bases() {
  const unit = at("unit").selectedOptions[0].textContent;
  for (const place of document.querySelectorAll(".base")) place.textContent = unit;
}

function fill(product) {
  clear(form);
  changed = product ? product.uri : "";
  for (const id of ["name", "category", "spec"]) at(id).value = (product && product[id]) || "";
  const days = product ? product.shelf_life_days : null;
  at("shelf_life").value = days === null ? "" : String(days);
  const unit = product ? product.unit : "KGM";
  if (!Array.from(at("unit").options).some((option) => option.value === unit)) at("unit").add(new Option(unit, unit));
  at("unit").value = unit;
  at("pairs").replaceChildren();
  for (const [word, ratio] of Object.entries(product ? product.conversions : {})) pair(word, ratio);
  if (!at("pairs").firstChild) pair();
  if (at("of-gtin")) at("of-gtin").hidden = Boolean(product);
  at("anew").hidden = !product;
  title.textContent = product ? title.dataset.change : title.dataset.new;
}

async function state() {
  clear(form);
  const body = Object.fromEntries(TEXTS.map((id) => [id, at(id).value]));
  body.uri = changed;
  if (at("gtin") && !changed) body.gtin = at("gtin").value;
  body.conversions = Array.from(at("pairs").children, (row) => ({
    unit: row.querySelector(".word").value,
    amount: row.querySelector(".ratio").value,
  }));
  try {
    const set = await post("/api/v1/products/draft", body);
    await offerToSign(set, at("go"), (receipts) => {
      const next = new URL(document.body.dataset.next, location.href);
      next.searchParams.set("stated", receipts[0].index);
      location.assign(next.href);
    });
  } catch (error) {
    const cells = cellsOf(error);
    if (cells === null) return void fail(error);
    markAll(form, cells, "name");
  }
}

at("unit").addEventListener("change", bases);
at("add-pair").addEventListener("click", () => pair().querySelector("input").focus());
at("anew").addEventListener("click", () => {
  fill(null);
  at("name").focus();
});
for (const button of document.querySelectorAll("[data-product]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    fill(JSON.parse(button.dataset.product));
    title.scrollIntoView({ block: "start" });
    title.focus();
  });
}
pair(); // and what was typed before this script came stays
answer(form, at("go"), state);
