// One arrival: all as on the slip, shown in plain words and signed here.

import { post } from "../../sign/api.js";
import { at, ledger, offers } from "../page.js";

const { index, party, names } = document.body.dataset;
const draft = () => post(`/api/v1/arrivals/${index}/draft`, { party, all: true });
offers([at("all")], async () => drafted(await draft()), (button) => {
  button.hidden = true;
});

// The API's drafts as link.js takes them; their places in chains are asked for when one signs.
function drafted(answer) {
  const first = JSON.parse(answer.drafts[0].payload); // builds on none before it
  return {
    ledger,
    actor: party,
    signed_at: first.signed_at,
    names: JSON.parse(names),
    drafts: answer.drafts.map((link) => ({
      subjects: link.items.map((place) => place.item),
      after: link.after,
      event: link.event,
    })),
  };
}
