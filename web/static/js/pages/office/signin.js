// Signing in: one button for each key of this browser's.

import * as keys from "../../sign/keys.js";
import { forgetPages } from "../../offline/offline-page.js";
import { at, busy, element, fail, ledger, say } from "../page.js";
import { signIn } from "../../sign/signin.js";
import { _ } from "../../sign/text.js";
import { checkOf } from "../../sign/words.js";

if (!document.body.dataset.keyid) forgetPages(null); // whoever has signed out leaves nothing to be read
start();

async function start() {
  let own;
  try {
    own = await keys.all(ledger);
  } catch (error) {
    fail(error);
    return;
  }
  if (own.length === 0) say(_("This browser has no key of this ledger. Ask for an invitation."), true);
  at("keys").replaceChildren(...own.reverse().map((key) => buttonFor(key)));
}

function buttonFor(key) {
  const name = `${key.name || key.party} (${checkOf(key.keyid)})`;
  const button = element("button", _("Sign in as %(name)s", { name }), "button");
  button.onclick = () =>
    busy(button, async () => {
      say(_("Signing in…"));
      try {
        await signIn(key);
        await forgetPages(key.keyid);
        location.assign(document.body.dataset.next);
      } catch (error) {
        fail(error, { 401: _("That did not work."), 403: _("This key is not good any more, or not enrolled yet.") });
      }
    });
  return button;
}
