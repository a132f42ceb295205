// A new hold or recall: items chosen, what is to be signed shown, signed and sent.

import { answer, clear } from "../beside.js";
import { at } from "../page.js";
import { drafted, instant, offer, refused } from "../recall-form.js";

const { next } = document.body.dataset;
const form = at("begin");

if (form) start();

function start() {
  at("go").hidden = false;
  form.addEventListener("change", draw);
  draw();
  answer(form, at("go"), begin);
}

function chosen(name) {
  const box = form.querySelector(`[name="${name}"]:checked`);
  return box ? box.value : null;
}

function boxes() {
  return Array.from(form.querySelectorAll("[name=item]"));
}

// What belongs to a recall alone is shown for one; items that are not one's to stop cannot be taken.
function draw() {
  const kind = chosen("kind");
  const isRecall = kind === "recall";
  form.querySelector(".of-recall").hidden = !isRecall;
  for (const box of boxes()) {
    const isOurs = box.dataset[kind] === "yes";
    if (!isOurs && !box.disabled) box.dataset.was = box.checked ? "yes" : "no";
    if (isOurs && box.disabled) box.checked = box.dataset.was === "yes";
    box.disabled = !isOurs;
    if (!isOurs) box.checked = false;
    box.closest("li").querySelector(".not-ours").hidden = isOurs;
  }
  form.querySelector(".left-out").hidden = !isRecall || left().length === 0;
}

function left() {
  return boxes().filter((box) => !box.checked && !box.disabled).map((box) => box.value);
}

async function begin() {
  clear(form);
  const items = boxes().filter((box) => box.checked).map((box) => box.value);
  const reason = at("reason").value.trim();
  let draft = { op: "hold.place", items, reason };
  if (chosen("kind") === "recall") {
    const level = chosen("level");
    // Where nothing is ticked nothing is left out of anything either.
    const named = items.length ? boxes().filter((box) => !box.disabled).map((box) => box.value) : [];
    draft = {
      op: "recall.order",
      items: named,
      include_made: form.dataset.made === "yes",
      left_out: items.length ? left() : [],
      why_left_out: at("why_left_out").value.trim() || null,
      level: level && Number(level),
      drill: chosen("drill") === "yes",
      known: instant(form.elements.known),
      planned: instant(form.elements.planned),
      again: Boolean(chosen("again")),
      reason,
    };
  }
  try {
    const set = await drafted(draft);
    await offer(set, at("go"), () => location.assign(next.replace("CODE", set.code)));
  } catch (error) {
    refused(form, error);
  }
}
