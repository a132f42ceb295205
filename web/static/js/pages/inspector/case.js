// A case: each stage that may be recorded next, drafted by the server and signed here.

import { post } from "../../sign/api.js";
import { answer, clear, failAt } from "../beside.js";
import { offerToSign } from "../page.js";
import { _ } from "../../sign/text.js";

for (const form of document.querySelectorAll("form.stage")) {
  const button = form.querySelector("button");
  answer(form, button, () => offer(form, button));
}

async function offer(form, button) {
  clear(form);
  const { case: uri, kind, stage, party, report, of, next } = form.dataset;
  const fields = [...form.elements].filter((field) => field.name);
  const said = Object.fromEntries(fields.filter(({ name }) => name !== "until").map((field) => [field.name, field.value]));
  const until = form.elements.until ? form.elements.until.value : "";
  const draft = { stage, said, until, of: of ? [Number(of)] : [] };
  try {
    const set = await post("/api/v1/cases/draft", uri ? { ...draft, case: uri } : { ...draft, kind, party, report });
    await offerToSign(set, button, () => (next ? location.assign(next.replace("CODE", set.code)) : location.reload()));
  } catch (error) {
    failAt(error, ({ field }) => placeOf(form, field), ({ detail }) => ({ text: detail }), {
      409: _("It was gone on with meanwhile. Open the page again."),
    });
  }
}

function placeOf(form, name) {
  const mark = form.elements.namedItem(name);
  return mark && { mark, says: document.getElementById(`${mark.id}-wrong`) };
}
