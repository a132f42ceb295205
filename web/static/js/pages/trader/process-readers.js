// Who may read what is hidden of a step: for each field a choice, which is folded away.

import { at } from "../page.js";
import { recipients } from "../recipient.js";
import { _ } from "../../sign/text.js";

const FIELDS = ["remark", "price", "person"];

// The choices of the form. {show(isPriced), chosen(), clear()}: `chosen` as
// the API takes them.
export function reading() {
  const named = new Map(); // party URI → its name
  const usual = Object.fromEntries(FIELDS.map((name) => [name, at(`read-${name}`).value]));
  let isTrade = true;

  recipients("reader", (party) => {
    named.set(party.party, party.name || party.number);
    draw();
  });
  for (const name of FIELDS) at(`read-${name}`).addEventListener("change", draw);

  function draw() {
    at("readers").replaceChildren(...Array.from(named, ([uri, name]) => line(uri, name)));
    at("of-readers").hidden = !FIELDS.some((name) => is(name, "named"));
    for (const name of FIELDS) {
      const choice = at(`read-${name}`);
      const names = [...named.values()].join(", ");
      const isNamed = choice.value === "named" && names;
      const readers = isNamed ? _("its own party, %(names)s and inspectors", { names }) : choice.selectedOptions[0].textContent;
      at(`${name}-says`).textContent = _("Read by: %(who)s", { who: readers });
    }
  }

  function is(name, choice) {
    return (name !== "price" || isTrade) && at(`read-${name}`).value === choice;
  }

  function line(uri, name) {
    const item = at("reader-line").content.firstElementChild.cloneNode(true);
    item.querySelector(".name").textContent = name;
    const remove = item.querySelector(".remove");
    remove.setAttribute("aria-label", _("Remove: %(name)s", { name }));
    remove.addEventListener("click", () => {
      named.delete(uri);
      draw();
      at("reader").focus();
    });
    return item;
  }

  // Only what is sent or sold has a price, and two sides.
  function show(isPriced) {
    isTrade = isPriced;
    at("of-price").hidden = at("of-read-price").hidden = !isPriced;
    for (const name of FIELDS) {
      const choice = at(`read-${name}`);
      choice.querySelector("[value=sides]").hidden = !isPriced;
      if (!isPriced && choice.value === "sides") choice.value = usual[name];
    }
    draw();
  }

  function chosen() {
    return Object.fromEntries(
      FIELDS.filter((name) => at(name).value.trim() && (name !== "price" || isTrade))
        .map((name) => [name, at(`read-${name}`).value])
        .map(([name, choice]) => [name, choice === "named" ? [...named.keys()] : choice]),
    );
  }

  function clear() {
    named.clear();
    for (const name of FIELDS) at(`read-${name}`).value = usual[name];
    at("reading").open = false;
    draw();
  }

  draw();
  return { show, clear, chosen };
}
