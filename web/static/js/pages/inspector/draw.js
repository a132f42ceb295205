// An office's draws: made, gone on with, and ended by what is signed here.

import { post } from "../../sign/api.js";
import { _ } from "../../sign/text.js";
import { answer, clear, failAt } from "../beside.js";
import "../consumer/draw.js";
import { offerToSign } from "../page.js";

const OVER = { 409: _("It was gone on with meanwhile, or the public value is missing or another one. Open the page again.") };

const commit = document.getElementById("commit");
if (commit) {
  const button = commit.querySelector("button");
  const { strata } = commit.elements;
  const show = () => commit.querySelectorAll("[data-strata]").forEach((set) => { set.hidden = set.dataset.strata !== strata.value; });
  strata.addEventListener("change", show);
  show();
  answer(commit, button, () => offer(commit, button, "/api/v1/draws/draft", whole(), (set) => location.assign(commit.dataset.next.replace("CODE", set.code))));
}

function whole() {
  const { title, strata, team, beacon, round, since } = Object.fromEntries(new FormData(commit));
  const counts = [...commit.querySelectorAll(`[data-strata=${strata}] [data-stratum]`)].map((field) => [field.dataset.stratum, Number(field.value) || 0]);
  const avoids = [...commit.querySelectorAll("[data-person]")].map((field) => [field.dataset.person, field.value.split(/\s+/).filter(Boolean)]);
  return { title, strata, team: Number(team) || 0, beacon, round, since, draw: Object.fromEntries(counts), avoids: Object.fromEntries(avoids.filter(([, parties]) => parties.length)) };
}

const may = document.querySelector("[data-code]");
if (may) {
  const { code } = may.dataset;
  for (const form of may.querySelectorAll("form.step")) {
    const button = form.querySelector("button");
    answer(form, button, () => offer(form, button, `/api/v1/draws/${code}/draft`, next(form), () => location.reload()));
  }
  const value = document.getElementById("value");
  answer(value, value.querySelector("button"), async () => {
    clear(value);
    try {
      await post(`/api/v1/draws/${code}/value`, { value: value.elements.value.value });
      location.reload();
    } catch (error) {
      failAt(error, placeIn(value), ({ detail }) => ({ text: detail }), OVER);
    }
  });
}

function next(form) {
  const { of, reason } = form.elements;
  const chosen = of && of.selectedOptions[0];
  return { op: form.dataset.op, ...(reason ? { reason: reason.value } : {}), ...(chosen ? { of: chosen.value, at: chosen.dataset.at || null } : {}) };
}

async function offer(form, button, path, draft, done) {
  clear(form);
  try {
    const set = await post(path, draft);
    await offerToSign(set, button, () => done(set));
  } catch (error) {
    failAt(error, placeIn(form), ({ detail }) => ({ text: detail }), OVER);
  }
}

function placeIn(form) {
  return ({ field }) => {
    const mark = form.elements.namedItem(field) || form.querySelector("[data-strata]:not([hidden]) [data-stratum]");
    const says = document.getElementById(`${field}-wrong`);
    return mark && says && { mark, says };
  };
}
