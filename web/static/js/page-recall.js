// One hold or recall: what one may do with it, each drafted by the server and signed here.

import { Problem } from "./api.js";
import { answer } from "./beside.js";
import { fail } from "./page.js";
import { clear, drafted, more, offer, refused, wrong } from "./recall-form.js";

const { act } = document.body.dataset;

for (const form of document.querySelectorAll("form[data-op]")) {
  const button = form.querySelector("button");
  button.hidden = false;
  answer(form, button, () => say(form, button));
}

async function say(form, button) {
  clear(form);
  const { op } = form.dataset;
  const codes = (form.elements.codes ? form.elements.codes.value : "").split(/\s+/).filter(Boolean);
  const items = Array.from(form.querySelectorAll("[name=item]:checked"), (box) => box.value).concat(codes);
  const asked = { op, act, items, reason: form.elements.reason.value.trim() || null };
  if (form.elements.accept_missing) asked.accept_missing = form.elements.accept_missing.checked;
  const needsItems = op === "recall.extend" || op === "recall.clear";
  if (needsItems && items.length === 0) return wrong(form, "items", more.wrong_at.items);
  try {
    await offer(await drafted(asked), button, () => location.reload());
  } catch (error) {
    if (error instanceof Problem && error.status === 422 && /ended/.test(error.message)) {
      return fail(error, { 422: more.ended });
    }
    refused(form, error);
  }
}
