// Choosing a recipient: by part of its name, from what the ledger knows.

import { get } from "../sign/api.js";
import { at, element, words } from "./page.js";
import { _ } from "../sign/text.js";

const PAUSE = 250; // ms after the last letter

// Make the fields #to, #to-found, #to-picked, or those of another `id`, a choice of parties.
// `taken`, if it is given, gets each party that is picked, and keeps it.
// Answers with {value(), pick(party)}: the URI that was chosen, else what was typed.
export function recipients(id = "to", taken = null) {
  const field = at(id);
  const list = at(`${id}-found`);
  const picked = at(`${id}-picked`);
  let chosen = null;
  let newest = 0;
  let timer = null;

  field.addEventListener("input", () => {
    chosen = null;
    picked.textContent = "";
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (event.key === "ArrowDown" && !list.hidden) {
      event.preventDefault();
      list.querySelector("button").focus();
    }
  });
  list.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    close();
    field.focus();
  });

  async function look() {
    const typed = field.value.trim();
    newest += 1;
    const number = newest;
    if (!typed) return close();
    let answer;
    try {
      answer = await get(`/api/v1/recipients?q=${encodeURIComponent(typed)}`);
    } catch (error) {
      return close();
    }
    if (number === newest && chosen === null) show(answer);
  }

  function show(answer) {
    list.replaceChildren(...answer.parties.map(line));
    const isEmpty = answer.parties.length === 0;
    list.hidden = isEmpty;
    field.setAttribute("aria-expanded", String(!isEmpty));
    picked.textContent = isEmpty ? _("Nobody by that name is in the ledger.") : answer.more ? _("There are more: type a little more of the name.") : "";
  }

  function line(party) {
    const item = element("li");
    const button = element("button");
    button.append(element("b", party.name || party.number));
    const roles = party.roles.map((role) => words.roles[role] || role).join(", ");
    button.append(element("span", ` ${roles} · ${party.number}`, "sub"));
    button.addEventListener("click", () => {
      pick(party);
      field.focus();
    });
    item.append(button);
    return item;
  }

  function close() {
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
  }

  function pick(party) {
    if (taken) {
      field.value = "";
      taken(party);
      return close();
    }
    chosen = party;
    field.value = party.name || party.number;
    picked.textContent = _("Sent to: %(name)s", { name: `${party.name || ""} ${party.number}` });
    return close();
  }

  return { pick, picked: () => chosen, value: () => (chosen ? chosen.party : field.value.trim()) };
}
