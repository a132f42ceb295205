// What the pages share: their words, what they say, and the panel in which one signs.

import { Problem } from "../sign/api.js";
import * as canonical from "../sign/canonical.js";
import * as keys from "../sign/keys.js";
import { fieldsOf } from "../sign/disclosed.js";
import { contents, signAndSend } from "../sign/link.js";
import { _ } from "../sign/text.js";
import { describe, wordsOf } from "../sign/words.js";

const data = document.body.dataset;
export const ledger = data.ledger;
export const words = wordsOf(data.words);
const began = Date.now();

// Why there can be no key here.
const REASONS = {
  __proto__: null,
  insecure: _("This page was opened without encryption, and browsers sign only on encrypted pages. Open it by its https address."),
  algorithms: _("This browser can make no key to sign with. Use another browser or a newer phone, or the market's terminal, which records for you under a mandate."),
  storage: _("This browser keeps no keys, as in a private window. Open the page in an ordinary window, or use the market's terminal, which records for you under a mandate."),
};

export function at(id) {
  return document.getElementById(id);
}

// The time as the server had it when it made the page, and what has passed since.
export function present() {
  return { time: Number(data.now) + Math.max(0, Date.now() - began), offset: Number(data.offset) };
}

// Say something to the person; `isBad` where it went wrong, `exact` the server's own words.
export function say(text, isBad, exact) {
  const status = at("said");
  status.textContent = text;
  status.classList.toggle("is-bad", Boolean(isBad));
  at("said-exact").textContent = exact || "";
}

// Say what went wrong in the page's language.
export function fail(error, special) {
  if (error instanceof keys.NoKeys) return say(REASONS[error.reason], true);
  if (!(error instanceof Problem)) return say(_("That did not work."), true, error.message);
  const known = { 0: _("No connection: nothing was sent. Please try again."), 401: _("You are signed out. Sign in and try again."), 429: _("Too many tries. Please wait a moment."), ...special };
  const text = known[error.status] || (error.body.rule ? _("It was refused.") : _("That did not work."));
  return say(text, true, error.status === 0 ? "" : error.message);
}

// Run something that a button starts; the button waits meanwhile.
export async function busy(button, run) {
  button.disabled = true;
  try {
    await run();
  } finally {
    button.disabled = false;
  }
}

// The key with which the user is signed in; null, with a message, where it is elsewhere.
export async function signingKey() {
  const key = await keys.find(data.keyid);
  if (key === null) say(_("The key that you signed in with is not in this browser."), true);
  return key;
}

// Show a set of drafts in plain words, and sign and send it if the person says so. `set` is as
// link.js takes it, with `names` of what it speaks of, by URI.
// `back` has the focus afterwards; `done` gets the receipts.
export async function offerToSign(set, back, done) {
  const key = await signingKey();
  if (key === null) return;
  const panel = at("sign-what");
  const bodies = contents(set);
  const fields = await Promise.all(bodies.map((body, at) => fieldsOf(body, set.drafts[at].disclosures)));
  for (const field of fields.flat()) field.audience = others(field.audience, set.actor);
  const asked = (set.questions || []).map((question) => element("p", question, "note is-warn question"));
  panel.replaceChildren(...asked, ...forWhom(set, key), ...bodies.map((body, at) => shown(body, set.names, set.drafts[at].subjects, fields[at])));
  at("sign-exact").textContent = bodies.map((body) => canonical.dumps(body)).join("\n\n");
  openPanel(back, async (close) => {
    say(_("One moment…"));
    const receipts = await signAndSend(set, key);
    close();
    say(_("Signed and recorded as no. %(index)s.", { index: receipts.map((receipt) => receipt.index).join(", ") }));
    done(receipts);
  });
}

// Open the panel in which one signs; `sign` is run then with what closes it. `back` has the
// focus afterwards.
export function openPanel(back, sign) {
  const panel = at("sign");
  const close = () => {
    panel.hidden = true;
    back.focus();
  };
  say("");
  at("sign-no").onclick = close;
  at("sign-yes").onclick = () => busy(at("sign-yes"), () => sign(close).catch(fail));
  panel.hidden = false;
  at("sign-title").focus();
  panel.scrollIntoView({ block: "nearest" });
}

// Let each of these buttons offer the draft to be signed that `draft` of its data is; then `done`.
export function offers(buttons, draft, done = () => location.reload()) {
  for (const button of buttons) {
    button.hidden = false;
    button.onclick = async () => {
      try {
        await offerToSign(await draft(button.dataset), button, () => done(button));
      } catch (error) {
        fail(error);
      }
    };
  }
}

// Parties that may read, without the actor, which is shown anyway.
function others(audience, actor) {
  if (!Array.isArray(audience)) return audience;
  const rest = audience.filter((uri) => uri !== actor);
  return rest.length ? rest : "own";
}

// What one party records for another says so.
function forWhom(set, key) {
  if (set.actor === key.party) return [];
  const values = { signer: key.name || key.party, actor: set.names[set.actor] || set.actor };
  return [element("p", _("Recorded by %(signer)s for %(actor)s", values))];
}

// A link's body in plain words, with the hidden `fields` of it.
export function shown(body, names, subjects, fields) {
  const { title, rows } = describe(body, words, names, fields);
  // No member of a `labels` statement says of what they are: its subject does.
  const isOfSubject = body.statement && body.statement.type === "labels";
  if (isOfSubject) rows.unshift(...subjects.map((uri) => [_("Goods"), names[uri] || uri]));
  const part = element("div");
  const list = element("dl", undefined, "rows");
  list.append(...rows.map(rowOf));
  part.append(element("h3", title), list);
  return part;
}

// A row of a list of labels and values.
export function rowOf([label, value]) {
  const row = element("div");
  row.append(element("dt", label), element("dd", value));
  return row;
}

// A new element; a button is none that submits a form.
export function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  if (name === "button") made.type = "button";
  return made;
}
