// An office's inspectors: registered, given a new certificate, or ended, by what is signed here.

import { post } from "../../sign/api.js";
import { answer, clear, failAt } from "../beside.js";
import { offerToSign, offers } from "../page.js";
import { _ } from "../../sign/text.js";

const WRONG = {
  __proto__: null,
  name: _("A name is needed."),
  number: _("Give the number of the certificate."),
  expires: _("Give a day that is not over."),
};

for (const form of document.querySelectorAll("form.inspector")) {
  const button = form.querySelector("button");
  answer(form, button, async () => {
    clear(form);
    const party = form.dataset.party || "";
    const typed = Object.fromEntries([...form.elements].filter((field) => field.name).map((field) => [field.name, field.value]));
    try {
      await offerToSign(await post("/api/v1/inspectors/draft", { party, ...typed }), button, () => location.reload());
    } catch (error) {
      failAt(error, ({ field }) => placeOf(form.elements.namedItem(field)), ({ field }) => ({ text: WRONG[field] }));
    }
  });
}

function placeOf(field) {
  return field && { mark: field, says: document.getElementById(`${field.id}-wrong`) };
}

offers(document.querySelectorAll("[data-end]"), ({ end }) => post("/api/v1/inspectors/end/draft", { party: end }));
