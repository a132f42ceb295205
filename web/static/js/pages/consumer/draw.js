// A draw's page: recomputed in the reader's own browser, once it is asked to.

import { _ } from "../../sign/text.js";
import { recompute } from "../../verify/draw.js";
import { element } from "../page.js";

const FAULTS = {
  __proto__: null,
  file: _("The file is damaged, or is of another draw."),
  evidence: _("A statement is not as it was signed, or its signer may not make it."),
  commit: _("The commitment is missing."),
  from: _("The value is said to exist later than it did."),
  committed: _("The proof of the commitment is not good."),
  late: _("Something was stated when the draw was over."),
  unnamed: _("The end leaves out a statement that was made before it."),
  nonce: _("The secret number is not the one that was committed to."),
  files: _("A list is not the one that was committed to."),
  replace: _("A replacement does not say who is replaced."),
  rank: _("A replacement is not the next in the order of the draw."),
};
const OPEN = {
  __proto__: null,
  evidence: _("Not all statements could be checked here: they wait for witnesses, or this browser lacks something."),
  running: _("The draw is not opened yet: until the checks are over its lists and secret number stay closed."),
  aborted: _("The draw was aborted."),
  unwitnessed: _("Not shown: that the office committed to it before the value was known. No witnesses vouch for that."),
  after: _("Not shown: that the office committed to it before the value was known. Witnesses saw it only later."),
  files: _("The lists are not in the file."),
  replace: _("Who was replaced is not in the file."),
};

const section = document.getElementById("recompute");
if (section) {
  const [button, result] = [section.querySelector("button"), section.querySelector(".result")];
  button.disabled = false;
  button.onclick = async () => {
    button.disabled = true;
    result.replaceChildren(element("p", _("One moment…")));
    try {
      result.replaceChildren(...report(await fetched(section.dataset)));
    } catch (error) {
      result.replaceChildren(element("p", _("That did not work."), "note is-warn"));
    } finally {
      button.disabled = false;
    }
  };
}

async function fetched({ file, draw }) {
  const [bytes, trust] = await Promise.all([get(file), get("/api/v1/trust")]);
  return recompute(new Uint8Array(await bytes.arrayBuffer()), await trust.json(), draw);
}

async function get(path) {
  const answer = await fetch(path, { cache: "no-store", credentials: "same-origin" });
  if (!answer.ok) throw new Error(path);
  return answer;
}

function* report({ faults, open, picks }) {
  if (faults.length) {
    yield element("p", _("Do not rely on this draw:"), "note is-bad");
    yield listOf(new Set(faults.map((code) => FAULTS[code])));
  } else if (picks) {
    yield element("p", open.length ? _("Drawn again in this browser, with this result; but not all is shown:") : _("Drawn again in this browser: it is as it was committed to."), open.length ? "note is-warn" : "note is-good");
  }
  if (open.length) yield listOf(new Set(open.map((code) => OPEN[code])));
  if (!picks) return;
  yield element("h3", _("Drawn"));
  yield listOf(picks.map(({ id, team }) => `${nameOf(id)} — ${team.map(nameOf).join(_(", "))}`));
}

// What the page calls a party whom it names by its URI.
function nameOf(uri) {
  const row = document.querySelector(`[data-uri="${CSS.escape(uri)}"]`);
  return row ? row.textContent : uri;
}

function listOf(texts) {
  const list = element("ul");
  list.append(...[...texts].map((text) => element("li", text)));
  return list;
}
