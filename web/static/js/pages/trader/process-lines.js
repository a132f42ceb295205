// Lines of goods, and of what came of them, in the form of a step.

import { at } from "../page.js";
import { _ } from "../../sign/text.js";

let serial = 0;

// Lines of one list: {add(), clear(), all()}.
export function lines(kind, options = {}) {
  const list = at(kind);
  const template = at(`${kind}-line`);

  function add() {
    const line = template.content.firstElementChild.cloneNode(true);
    serial += 1;
    for (const place of line.querySelectorAll(".field-wrong")) {
      const name = Array.from(place.classList).find((part) => part.endsWith("-wrong") && part !== "field-wrong");
      place.id = `${kind}-${serial}-${name}`;
      for (const part of line.querySelectorAll(PLACES[name])) part.setAttribute("aria-describedby", place.id);
    }
    line.querySelector(".remove").addEventListener("click", () => {
      const next = line.nextElementSibling || line.previousElementSibling;
      line.remove();
      name();
      if (next) next.querySelector("select, input").focus();
    });
    if (options.made) options.made(line);
    list.append(line);
    name();
    return line;
  }

  // Where there are several, each says which it is; one alone cannot be removed.
  function name() {
    const all = Array.from(list.children);
    all.forEach((line, number) => {
      const label = _("%(label)s, line %(number)s", { label: options.label(), number: number + 1 });
      const says = line.querySelector(".says");
      if (says) says.textContent = all.length > 1 ? label : options.label();
      const remove = line.querySelector(".remove");
      remove.hidden = all.length < 2;
      remove.setAttribute("aria-label", _("Remove: %(name)s", { name: label }));
    });
  }

  return { add, name, all: () => Array.from(list.children), clear: () => list.replaceChildren() };
}

const PLACES = {
  "item-wrong": ".choice, .code",
  "quantity-wrong": ".quantity, .unit",
  "product-wrong": ".product",
};

// A line of goods: the code is asked for where nothing is chosen, and the unit is that of the stock.
export function choosing(line) {
  const choice = line.querySelector(".choice");
  const of = line.querySelector(".of-code");
  const isAlone = choice.options.length === 2;
  if (isAlone) {
    choice.value = "*";
    choice.closest("label").hidden = true;
  }
  const unit = line.querySelector(".unit");
  const all = line.querySelector(".all");
  all.addEventListener("click", () => {
    const { value, unit: of } = choice.selectedOptions[0].dataset;
    line.querySelector(".quantity").value = value;
    unit.value = of;
  });
  const follow = () => {
    of.hidden = choice.value !== "*";
    const picked = choice.selectedOptions[0];
    all.hidden = !picked || !picked.dataset.value;
    for (const old of unit.querySelectorAll(".package")) old.remove();
    if (!picked || !picked.dataset.unit) return;
    for (const [value, text] of JSON.parse(picked.dataset.packages)) {
      unit.append(new Option(text, value));
      unit.lastChild.className = "package";
    }
    unit.value = picked.dataset.unit;
  };
  choice.addEventListener("change", follow);
  follow();
}

// Choose in a line what is there, or type its code.
export function choose(line, uri, typed) {
  const choice = line.querySelector(".choice");
  choice.value = uri || "*";
  line.querySelector(".code").value = typed || "";
  choice.dispatchEvent(new Event("change"));
}

// What a line of goods says.
export function goodsOf(line) {
  const choice = line.querySelector(".choice").value;
  const item = choice === "*" ? line.querySelector(".code").value.trim() : choice;
  return { item, quantity: line.querySelector(".quantity").value.trim(), unit: line.querySelector(".unit").value };
}

// What a line of what was made says.
export function madeOf(line) {
  const [product, quantity] = [".product", ".quantity"].map((name) => line.querySelector(name).value.trim());
  return { product, quantity, unit: line.querySelector(".unit").value };
}
