// What the pages of holds and recalls share: drafts asked for, what is wrong said beside its field,
// the lists shown that are signed by their digest.

import { Problem, post } from "./api.js";
import * as base64 from "./base64.js";
import { at, element, fail, offerToSign, words } from "./page.js";
import { fill } from "./words.js";

export const more = JSON.parse(document.body.dataset.more);
const MAX_FILE = 5 << 20;
const SHOWN = 200;
const EXACT = ["items", "accept_missing"]; // of which the server's own words say more

// What is to be signed; Problem where it may not be said or is not as it should be.
export function drafted(asked) {
  return post("/api/v1/me/recalls/draft", asked);
}

// Show drafts, and below each list that one names what stands on it; then as offerToSign.
export async function offer(set, back, done) {
  const lists = [];
  for (const draft of set.drafts) {
    for (const file of draft.attachments || []) lists.push(await listed(file, draft.statement, set.names));
  }
  await offerToSign(set, back, done);
  at("sign-what").append(...lists, ...set.notes.map((note) => element("p", note)));
}

// The list that a statement names, in words; an Error for any other file.
async function listed(file, statement, names) {
  const bytes = base64.decode(file);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hex = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const items = new TextDecoder().decode(bytes).split("\n").slice(0, -1);
  if (hex !== statement.list || items.length !== statement.count) {
    throw new Error("the list is another than the one that the statement names");
  }
  const part = element("div");
  const title = words.statements[`${statement.type} ${statement.op}`] || statement.op;
  part.append(element("h3", `${title}: ${more.listed}`));
  const list = element("ul");
  list.className = "named";
  for (const item of items.slice(0, SHOWN)) list.append(element("li", names[item] || item));
  if (items.length > SHOWN) list.append(element("li", `… ${items.length}`));
  part.append(list);
  return part;
}

// Clear what a form says of its fields.
export function clear(form) {
  for (const said of form.querySelectorAll(".field-wrong")) said.textContent = "";
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}

// Say of a field what is wrong with it and what would be right, and go there.
export function wrong(form, name, text, exact) {
  const said = form.querySelector(`[data-of="${name}"]`);
  said.textContent = [text, exact].filter(Boolean).join(" ");
  const field = form.querySelector(`[aria-describedby~="${said.id}"], [name="${name === "items" ? "item" : name}"]`);
  if (!field) return;
  if (field.type !== "checkbox" && field.type !== "radio") field.setAttribute("aria-invalid", "true");
  field.focus();
}

// Say what went wrong with a draft: beside its field where it is about one.
export function refused(form, error) {
  const name = error instanceof Problem ? error.body.field : null;
  if (name && form.querySelector(`[data-of="${name}"]`)) {
    const text = error.status === 403 ? more.forbidden : more.wrong_at[name];
    const exact = error.status === 403 || EXACT.includes(name) ? error.message : "";
    return wrong(form, name, text, exact);
  }
  if (error instanceof Problem && error.status === 409 && error.body.closing) {
    return wrong(form, "accept_missing", more.wrong_at.accept_missing, error.message);
  }
  fail(error, { 403: more.forbidden });
}

// Keep a file on the server; its SHA-256. Problem, or an Error, where it cannot be kept.
export async function upload(file) {
  if (file.size > MAX_FILE) throw new Problem(413, { detail: "", field: "file" });
  const answer = await fetch("/api/v1/attachments", {
    method: "POST",
    body: file,
    headers: { "Content-Type": file.type || "application/octet-stream" },
    credentials: "same-origin",
  }).catch(() => {
    throw new Problem(0, {});
  });
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Problem(answer.status, found);
  return found.sha256;
}

export { fill };
