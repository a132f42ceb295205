// Several admissions, one a line, signed together here; then their invitations are made.

import { Problem, post } from "../../sign/api.js";
import { answer, clear, failBeside, lines, sayAll } from "../beside.js";
import { at, element, offerToSign } from "../page.js";
import "../divisions.js";
import { WRONG } from "./people-wrong.js";
import { _ } from "../../sign/text.js";

const { most } = document.body.dataset;

answer(at("several"), at("go"), admit);

// A table's text goes where it can be read and corrected.
at("file").addEventListener("change", async () => {
  const file = at("file").files[0];
  if (!file) return;
  at("rows").value = decoded(new Uint8Array(await file.arrayBuffer())).slice(0, 200000);
});

function decoded(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    return new TextDecoder("gb18030").decode(bytes); // as spreadsheets in China save it
  }
}

function partyOf(text) {
  const [name, number] = text.split(/[,\t，;；]/).map((part) => part.trim().replace(/^"(.*)"$/, "$1"));
  return { name, number: number || "" };
}

async function admit() {
  clear(at("several"));
  at("rows-each").replaceChildren();
  const parties = lines(at("rows").value).map(partyOf);
  const roles = Array.from(document.querySelectorAll("[name=role]:checked"), (box) => box.value);
  if (parties.length > Number(most)) {
    const rows = { mark: at("rows"), says: at("rows-wrong") };
    return void sayAll([_("At most %(most)s at once.", { most })], () => rows, (text) => ({ text }));
  }
  const division = at("division").value.trim();
  try {
    const set = await post("/api/v1/parties/admissions/draft", { roles, division, parties });
    await offerToSign(set, at("go"), () => invite(set));
  } catch (error) {
    failBeside(at("several"), WRONG, error);
    const bad = error instanceof Problem && error.body.rows ? error.body.rows : [];
    const texts = bad.map(({ row, detail }) => _("Line %(number)s: %(detail)s", { number: row, detail }));
    at("rows-each").replaceChildren(...texts.map((text) => element("li", text)));
  }
}

// What is admitted is not admitted again by a second tap.
function invite(set) {
  at("several").hidden = true;
  for (const { statement } of set.drafts) {
    const party = element("input");
    Object.assign(party, { type: "hidden", name: "party", value: statement.party });
    at("invite").append(party);
  }
  at("invite").hidden = false;
  at("invite").querySelector("button").focus();
}
