// An invitation: a key is made in this browser and offered; once it is enrolled, one is signed in.

import { Problem, post } from "../../sign/api.js";
import { answer } from "../beside.js";
import * as keys from "../../sign/keys.js";
import { at, busy, fail, say } from "../page.js";
import { possession, signIn } from "../../sign/signin.js";
import { _ } from "../../sign/text.js";

const AGAIN = 2000; // ms
const SPECIAL = {
  404: _("There is no such invitation: it is over or was taken back."),
  409: _("Another device used this invitation before. If that was not you, say so."),
  422: _("This is no code of an invitation. Please compare it with the paper."),
};

answer(at("typed"), at("typed").querySelector("button"), () => {
  history.replaceState(null, "", `#${at("code").value.trim()}`);
  return open();
});
window.addEventListener("hashchange", open);
if (codeHere()) open();

// The code stands behind # of the link, so that no server is sent it but in what is asked here.
function codeHere() {
  const typed = location.hash.slice(1);
  try {
    return decodeURIComponent(typed);
  } catch (error) {
    return typed; // no code: the server says so
  }
}

async function open() {
  const code = codeHere();
  at("code").value = code;
  say(_("One moment…"));
  try {
    await show(code, await post("/api/v1/invitations/open", { code }));
  } catch (error) {
    at("invited").hidden = true;
    at("typed").hidden = false;
    at("code").setAttribute("aria-invalid", "true");
    fail(error, SPECIAL);
  }
}

async function show(code, found) {
  at("code").removeAttribute("aria-invalid");
  at("typed").hidden = true;
  at("invited").hidden = false;
  at("name").textContent = found.name || found.party;
  at("inviter").textContent = found.inviter_name || found.invited_by;
  at("lost").hidden = !(found.has_keys && found.invited_by !== found.party && found.state !== "enrolled");
  const isOpen = found.state === "open";
  at("make").hidden = at("explain").hidden = at("shared-box").hidden = !isOpen;
  at("make").onclick = () => busy(at("make"), () => offer(code, found));
  say("");
  if (isOpen) return;
  if (found.state === "over") return void say(_("This invitation is over. Ask for a new one."), true);
  const mine = await keys.find(found.keyid).catch(() => null);
  if (mine === null) return void say(found.state === "enrolled" ? _("This invitation has been used.") : _("Another device used this invitation before. If that was not you, say so."), true);
  if (found.state === "enrolled") return void (await enter(mine));
  await wait(code, found, mine);
}

async function offer(code, found) {
  let key;
  try {
    say(_("One moment…"));
    key = await keys.make(found.party, found.ledger, found.name);
    const kept = at("shared").checked ? "terminal" : "browser";
    const told = { code, spki: key.spki, kept, possession: await possession(key) };
    await show(code, await post("/api/v1/invitations/key", told));
  } catch (error) {
    // Of a lost answer it is not known whether the key was taken: it is kept.
    if (key && error instanceof Problem && error.status >= 400 && error.status < 500) {
      await keys.forget(key.keyid).catch(() => undefined);
    }
    fail(error, SPECIAL);
  }
}

async function wait(code, found, key) {
  at("offered").hidden = false;
  at("check").textContent = found.check;
  at("fleeting").hidden = await keys.isPersistent();
  say(_("Waiting until the key is enrolled…"));
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, AGAIN));
    if (codeHere() !== code) return;
    try {
      const now = await post("/api/v1/invitations/open", { code });
      if (now.state === "enrolled") break;
      if (now.state === "over" || now.keyid !== key.keyid) return void say(_("This invitation is over. Ask for a new one."), true);
    } catch (error) {
      if (!(error instanceof Problem) || error.status === 404) return void fail(error, SPECIAL);
    }
  }
  say(_("The key is enrolled."));
  await enter(key);
}

async function enter(key) {
  at("offered").hidden = true;
  say(_("Signing in…"));
  try {
    await signIn(key);
    location.assign(document.body.dataset.next);
  } catch (error) {
    fail(error, { 401: _("That did not work."), 403: _("This key is not good any more, or not enrolled yet.") });
  }
}
