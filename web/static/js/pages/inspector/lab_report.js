// A laboratory's report of a sample: drafted by the server, signed here by the laboratory's own key.

import { post } from "../../sign/api.js";
import { answer, clear, failAt } from "../beside.js";
import { at, offerToSign } from "../page.js";

const form = at("report");
const button = form.querySelector("button");

answer(form, button, async () => {
  clear(form);
  const fields = [...form.elements].filter(({ name, type, checked }) => name && (type !== "radio" || checked));
  const said = Object.fromEntries(fields.map(({ name, value }) => [name, value]));
  const { "report-number": report, ...rest } = said;
  try {
    const set = await post("/api/v1/samples/report/draft", { ...rest, report });
    await offerToSign(set, button, () => form.reset());
  } catch (error) {
    failAt(error, ({ field }) => placeOf(field === "report" ? "report-number" : field), ({ detail }) => ({ text: detail }), {});
  }
});

function placeOf(name) {
  const mark = form.elements.namedItem(name);
  return mark && { mark, says: at(`${name}-wrong`) };
}
