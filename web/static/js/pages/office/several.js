// Shops of a table: each row's fate, then all good rows signed here and sent as one; then their
// invitations are made.

import { contents, signAndSend } from "../../sign/link.js";
import { _, fill } from "../../sign/text.js";
import { answer, clear, failBeside } from "../beside.js";
import "../divisions.js";
import { mark } from "../fields.js";
import { at, busy, element, fail, say, signingKey } from "../page.js";
import { check, good, mend, show } from "../table/table-view.js";
import { WRONG } from "./people-wrong.js";

const SUMS = [
  ["good", _("Good: %(count)s")],
  ["wrong", _("To be put right: %(count)s")],
  ["alike", _("Perhaps there already, left out: %(count)s")],
  ["there", _("In the ledger already: %(count)s")],
];

answer(at("choose"), at("go"), () => choose(at("file").files[0] || pasted()));
at("file").addEventListener("change", () => at("choose").requestSubmit());

function pasted() {
  const text = at("rows").value;
  return text.trim() ? new File(["\ufeff", text], _("Pasted rows"), { type: "text/csv" }) : null;
}

async function choose(chosen, corrected) {
  clear(at("choose"));
  at("fate").hidden = true;
  if (!chosen) return void mark(at("file"), at("file-wrong"), _("Choose a file, or paste rows."));
  const usual = { role: at("role").value, division: at("division").value.trim() };
  let answered;
  try {
    answered = await check("/api/v1/parties/admissions/table", chosen, corrected, usual);
  } catch (error) {
    return void failBeside(at("choose"), WRONG, error);
  }
  if (!answered) return;
  const { checked, file } = answered;
  const ticked = new Set();
  const fates = show(checked, file.name, SUMS, {
    there: [["there"], (row) => alike(row)],
    alike: [["alike"], (row) => alike(row, good(row, checked, row.name), tick)],
    good: [["good"], (row) => good(row, checked, row.name)],
  });
  const rows = () => [...fates.good, ...ticked].sort((one, other) => one.row - other.row);
  const button = at("sign-all");
  function tick(row, isTicked) {
    if (isTicked) ticked.add(row);
    else ticked.delete(row);
    count();
  }
  function count() {
    const number = rows().length;
    button.hidden = number === 0;
    button.textContent = _("Sign and admit: %(count)s", { count: number });
  }
  count();
  if (!fates.good.length) say(_("There is no good row in it."), true);
  button.onclick = () => busy(button, () => admit(checked, rows()).catch(fail));
  mend((changed) => choose(file, changed));
  at("fate-title").focus();
}

// A row that may be another's once more: what is there already. With `tick` it can be signed all
// the same: `made` shows what.
function alike(row, made = at("alike-row").content.firstElementChild.cloneNode(true), tick = null) {
  made.querySelector(".row").textContent = _("Row %(row)s", { row: row.row });
  made.querySelector(".title").textContent = row.name;
  const why = made.querySelector(".why") || element("ul", undefined, "why");
  why.append(...row.alike.map(known));
  made.append(why);
  if (!tick) return made;
  const label = element("label", undefined, "tick");
  const box = element("input");
  box.type = "checkbox";
  box.addEventListener("change", () => tick(row, box.checked));
  label.append(box, _("It is another shop: admit it too"));
  made.append(label);
  return made;
}

function known({ why, party }) {
  const line = element("li", why);
  if (!party) return line;
  const link = element("a", _("Open it: to invite or to change it"));
  const path = new URL(document.body.dataset.partyUrl, location.href);
  path.searchParams.set("who", party);
  link.href = path.href;
  line.append(" ", link);
  return line;
}

// Whether a link's body is what a row comes to, and nothing else that a registrar may sign.
function isAdmission({ statement, ...others }) {
  const kind = statement && [statement.type, statement.op].join(" ").trim();
  return ["party admit", "profile"].includes(kind) && Object.keys(others).length === 0;
}

// Sign all that these rows come to, and send it as one: all are admitted, or none.
async function admit(checked, rows) {
  const key = await signingKey();
  if (key === null) return;
  say(_("Signing and sending: %(count)s", { count: rows.length }));
  const drafts = rows.flatMap((row) => row.drafts.map((number) => checked.drafts[number]));
  if (!contents({ drafts }).every(isAdmission)) throw new Error("a draft is no admission");
  await signAndSend({ ...checked, drafts }, key);
  say("");
  at("choose").hidden = at("fate").hidden = true;
  for (const { statement } of drafts.filter((draft) => draft.statement.type === "party")) {
    const party = element("input");
    Object.assign(party, { type: "hidden", name: "party", value: statement.party });
    at("invite").append(party);
  }
  at("admitted").textContent = fill(_("Admitted: %(count)s. Each now gets an invitation for its phone."), { count: rows.length });
  at("invite").hidden = false;
  at("invite").querySelector("button").focus();
}
