// An audit as it goes on: asked about each second, shown part by part, and read anew at its end.

import { Problem, get, post } from "../../sign/api.js";
import { at, busy, fail } from "../page.js";
import { _ } from "../../sign/text.js";

const data = document.body.dataset;
const STATES = { __proto__: null, waiting: _("to come"), running: _("under way"), done: _("done") };
const PAUSE = 1000; // ms

const form = at("begin");
if (form) {
  form.onsubmit = (event) => {
    event.preventDefault();
    busy(form.querySelector("button"), async () => {
      try {
        await post("/api/v1/audits", {});
        location.reload();
      } catch (error) {
        fail(error);
      }
    });
  };
}
if (data.state === "waiting" || data.state === "running") {
  at("reload").hidden = true; // the page asks by itself
  watch();
}

async function watch() {
  try {
    const audit = await get(`/api/v1/audits/${data.audit}`);
    at("said").textContent = "";
    if (audit.state === "done" || audit.state === "failed") {
      location.reload();
      return;
    }
    show(audit);
  } catch (error) {
    if (!(error instanceof Problem) || (error.status !== 0 && error.status < 500)) {
      fail(error);
      at("reload").hidden = false;
      return;
    }
    at("said").textContent = _("No connection. It goes on without this page; the page asks again by itself.");
  }
  setTimeout(watch, PAUSE);
}

function show(audit) {
  const answer = at("answer");
  text(answer.querySelector("h1"), audit.state === "waiting" ? _("Waiting for a worker") : _("The audit is under way"));
  const isAgain = audit.state === "waiting" && audit.tries > 0;
  text(at("answer-text"), isAgain ? _("The worker that had it has ended. Another takes it up again.") : audit.is_closer ? _("Something was odd: all is looked at once more, more closely.") : "");
  for (const part of audit.parts) {
    const row = document.querySelector(`[data-part="${part.name}"]`);
    if (!row) continue;
    row.className = `is-${part.state}`;
    text(row.querySelector(".state"), STATES[part.state] || part.state);
    const isCounted = part.total !== null && part.total !== undefined;
    text(row.querySelector(".count"), isCounted ? `${number(part.done)} / ${number(part.total)}` : "");
  }
  text(at("found"), String(audit.found));
  if (audit.seconds !== null) text(at("seconds"), _("%(count)s s", { count: audit.seconds }));
}

function number(value) {
  return value.toLocaleString("en");
}

function text(element, value) {
  if (element.textContent !== value) element.textContent = value;
}
