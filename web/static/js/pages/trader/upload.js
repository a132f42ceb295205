// Registering from a table: each row's fate, then all good rows signed here and sent as a whole.

import { clear } from "../beside.js";
import { at, busy, fail, say, signingKey, words } from "../page.js";
import { Stopped, send, sign } from "../table/table-send.js";
import * as store from "../table/table-store.js";
import { check, good, mend, show } from "../table/table-view.js";
import { _, fill } from "../../sign/text.js";

const { party } = document.body.dataset;
const codesPath = (sha256) => `/api/v1/batches/table/${sha256}/codes`;

// Only one tab at a time goes on with a table. Undefined where another one has it.
function alone(id, run) {
  if (!navigator.locks) return run();
  return navigator.locks.request(`suyuan-table ${id}`, { ifAvailable: true }, (lock) =>
    lock ? run() : undefined,
  );
}

function tell(text, values, done, all) {
  const shown = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === "number" && name !== "index" ? value.toLocaleString("en") : value]),
  );
  at("course-says").textContent = fill(text, shown);
  if (all !== undefined) {
    at("bar").max = Math.max(all, 1);
    at("bar").value = done;
  }
}

function begin(name) {
  at("course").hidden = false;
  at("course-done").hidden = at("course-stuck").hidden = true;
  at("course-name").textContent = name;
  at("course-title").focus();
}

const SUMS = [
  ["good", _("Good: %(count)s")],
  ["wrong", _("To be put right: %(count)s")],
  ["there", _("In the ledger already: %(count)s")],
  ["before", _("As before, left out: %(count)s")],
  ["changed", _("Registered with other values: %(count)s")],
];

// A row that is there from before: as it is, or with other values, which are corrected there.
function earlier(row) {
  const made = at("earlier-row").content.firstElementChild.cloneNode(true);
  made.querySelector(".row").textContent = _("Row %(row)s", { row: row.row });
  made.querySelector(".title").textContent = row.name;
  const link = made.querySelector("a");
  link.href = document.body.dataset.recordUrl.replace("/me/records/", `/me/records/${row.earlier}`);
  link.textContent = row.fate === "changed" ? _("Registered with other values: correct record no. %(index)s", { index: row.earlier }) : _("As before: record no. %(index)s", { index: row.earlier });
  return made;
}

function titleOf(row, checked) {
  const [lot] = checked.drafts[row.draft].event.quantityList;
  return `${row.name} ${lot.quantity} ${words.units[lot.uom || ""] || lot.uom}`;
}

// Have a table checked: the chosen one, or as it was `corrected` here, by row and field.
async function choose(chosen, corrected) {
  clear(at("choose"));
  at("fate").hidden = true;
  if (!at("course-done").hidden) at("course").hidden = true;
  const answer = chosen && (await check("/api/v1/batches/table", chosen, corrected));
  if (!answer) return;
  const { checked, file } = answer; // what is signed of names the table: it goes with the first batch
  if (checked.done) {
    begin(file.name);
    const { links, index } = checked.done;
    tell(_("This very table was registered before: %(count)s batches, closed as record no. %(index)s. Nothing was sent."), { count: links, index }, links, links);
    return void finish(checked.sha256);
  }
  const fates = show(checked, file.name, SUMS, {
    earlier: [["changed", "before"], earlier],
    good: [["good"], (row) => good(row, checked, titleOf(row, checked))],
  });
  const button = at("sign-all");
  const count = fates.good.length;
  button.hidden = !checked.closing;
  button.textContent = count ? _("Sign and register: %(count)s", { count: count.toLocaleString("en") }) : _("Close the table");
  if (!count && !fates.wrong.length && !checked.closing) say(_("All rows are as before: there is nothing to register."));
  else if (!count) say(checked.closing ? _("All good rows are in the ledger already; the table is not closed yet.") : _("There is no good row in it."), !checked.closing);
  button.onclick = () => busy(button, () => register(checked, file));
  mend((changed) => choose(file, changed));
  at("fate-title").focus();
}

async function register(checked, file) {
  const key = await signingKey();
  if (key === null) return;
  await alone(`${checked.actor} ${checked.sha256}`, async () => {
    begin(file.name);
    at("fate").hidden = true;
    let table;
    try {
      table = await sign(checked, file, key, (done, all) => tell(_("Signed: %(done)s of %(all)s. Nothing is sent yet."), { done, all }, done, 2 * all));
    } catch (error) {
      at("course").hidden = true;
      at("fate").hidden = false;
      return void say(_("This browser keeps nothing, as in a private window: nothing was signed."), true, error.message);
    }
    await goOn(table, key);
  });
}

// Send what is signed and not sent yet; where it is refused, that is shown and stays to be tried.
async function goOn(table, key) {
  let sent = 0;
  try {
    const index = await send(table, key, (done, all, isWaiting) => {
      sent = done;
      tell(isWaiting ? _("No connection. Sent so far: %(done)s of %(all)s. It goes on by itself.") : _("Sent: %(done)s of %(all)s"), { done, all }, all + done, 2 * all);
    });
    if (index === null) tell(_("This very table was registered before: %(count)s batches, closed as record no. %(index)s. Nothing was sent."), { count: table.count, index: "–" }, 1, 1);
    else tell(_("All %(count)s batches are registered. The table is closed as record no. %(index)s."), { count: table.count, index }, 1, 1);
    finish(table.sha256);
  } catch (error) {
    const known = error instanceof Stopped && error.error.status === 401 ? _("You are signed out. Sign in and try again.") : error.message;
    tell(_("Sent so far: %(done)s of %(all)s. The rest was refused: %(detail)s"), { done: sent, all: table.count, detail: known });
    at("course-stuck").hidden = false;
    at("try").onclick = () => busy(at("try"), () => resume(table.id));
    at("drop").onclick = async () => {
      await store.remove(table.id);
      at("course").hidden = true;
      at("file").focus();
    };
  }
}

function finish(sha256) {
  at("codes").href = codesPath(sha256);
  at("course-done").hidden = false;
  at("file").value = "";
}

// Go on with what an earlier visit of this page left: the same bytes. What was not signed to its
// end is forgotten, since nothing of it was sent.
async function resume(id) {
  const tables = (await store.all()).filter((table) => table.party === party && (!id || table.id === id));
  for (const unfinished of tables) {
    await alone(unfinished.id, async () => {
      const [table] = (await store.all()).filter((other) => other.id === unfinished.id);
      if (!table) return;
      if (!table.isWhole) return void (await store.remove(table.id));
      const key = await signingKey();
      if (key === null) return;
      begin(table.name);
      say(_("Table %(name)s was not finished on this device; it goes on.", { name: table.name }));
      await goOn(table, key);
      say("");
    });
  }
}

at("choose").addEventListener("submit", (event) => event.preventDefault());
at("file").addEventListener("change", () => {
  choose(at("file").files[0]).catch(fail);
});
resume().catch(() => undefined); // a browser that keeps nothing has nothing to go on with
