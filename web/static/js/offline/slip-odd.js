// The form in which one says that something else came of a line than is on the slip.

import { at } from "../pages/page.js";
import * as slip from "./slip.js";
import { WRONGS } from "./slip-words.js";
import { _ } from "../sign/text.js";
import { amountIn } from "./units.js";

const SWIPE = 60; // px

// Open the form below a row of a card; once more closes it.
export function odd(card, dispatch, line, row, button) {
  const there = row.querySelector("form");
  const close = () => {
    row.querySelector("form").remove();
    button.setAttribute("aria-expanded", "false");
    button.focus();
  };
  if (there) return close();
  const form = at("odd").content.firstElementChild.cloneNode(true);
  const find = (selector) => form.querySelector(selector);
  const key = slip.keyOf(dispatch.index, line.item);
  const had = card.answerTo(dispatch, line);
  const kinds = [...form.querySelectorAll("[name=kind]")];
  const isOff = { as: !slip.isSound(line), amount: !slip.isMeasured(line), refuse: !(line.isContent ? card.data.canReturn : card.data.canRefuse), open: line.isContent };
  for (const box of kinds) {
    box.parentNode.hidden = Boolean(isOff[box.value]);
    box.checked = box.value === (had.kind === "as" ? "" : had.kind);
  }
  const value = amountIn(form, line, had.value === undefined || had.value === null ? line.value : had.value);
  find(".choice").append(new Option(`${_("Other")}…`, "*"));
  if (had.reason) {
    const isListed = [...find(".choice").options].some(({ value }) => value === had.reason);
    find(".choice").value = isListed ? had.reason : "*";
    find(".text").value = isListed ? "" : had.reason;
  }
  const kindOf = () => (kinds.find((box) => box.checked) || { value: "as" }).value;
  const arrange = () => {
    const kind = kindOf();
    find(".of-amount").hidden = !(kind === "amount" || (kind === "refuse" && slip.isMeasured(line)));
    find(".of-reason").hidden = !(kind === "amount" || kind === "refuse");
    find(".of-text").hidden = find(".of-reason").hidden || find(".choice").value !== "*";
    find(".field-wrong").textContent = "";
  };
  let absurd = null; // an absurd amount is taken when it is said twice
  form.onchange = arrange;
  form.onsubmit = (happened) => {
    happened.preventDefault();
    const kind = kindOf();
    const answer = { kind };
    if (!find(".of-amount").hidden) answer.value = value();
    const reason = find(".choice").value === "*" ? find(".text").value.trim() : find(".choice").value;
    if (reason && !find(".of-reason").hidden) answer.reason = reason;
    if (absurd !== null && absurd === answer.value) answer.isSure = true;
    const problem = slip.wrong(line, answer);
    if (problem) {
      absurd = problem === "absurd" ? answer.value : null;
      find(".field-wrong").textContent = WRONGS[problem];
      const field = problem === "reason" ? find(find(".of-text").hidden ? ".choice" : ".text") : find(".number");
      field.setAttribute("aria-invalid", "true");
      field.focus();
      return;
    }
    if (kind === "as") card.answers.delete(key);
    else card.answers.set(key, answer);
    close();
    card.draw();
  };
  find(".cancel").onclick = close;
  form.onkeydown = (pressed) => {
    if (pressed.key === "Escape") close(); // and answers nothing: false would keep keys from typing
  };
  arrange();
  row.append(form);
  button.setAttribute("aria-expanded", "true");
  (kinds.find((box) => box.checked) || kinds.find((box) => !box.parentNode.hidden)).focus();
}

// A line swiped to the left is opened; the button beside it does the same.
export function swiped(row, open) {
  let from = null;
  row.addEventListener("touchstart", ({ touches: [touch] }) => {
    from = { x: touch.clientX, y: touch.clientY };
  }, { passive: true });
  row.addEventListener("touchend", ({ changedTouches: [touch], target }) => {
    if (!from || row.querySelector("form") || target.closest("button")) return;
    const [across, down] = [touch.clientX - from.x, touch.clientY - from.y];
    from = null;
    if (across < -SWIPE && Math.abs(down) < SWIPE / 2) open();
  });
}
