// One arrival: all as on the slip, shown in plain words and signed here.

import { post } from "../../sign/api.js";
import { at, ledger, offers } from "../page.js";

const { index, party, names } = document.body.dataset;
const draft = () => post(`/api/v1/arrivals/${index}/draft`, { party, all: true });
offers([at("all")], async () => drafted(await draft()), (button) => {
  button.hidden = true;
});

// The API's drafts as link.js takes them; their places in chains are asked for when one signs.
function drafted(found) {
  const first = JSON.parse(found.drafts[0].payload); // builds on none before it
  return {
    ledger,
    actor: party,
    signed_at: first.signed_at,
    names: JSON.parse(names),
    drafts: found.drafts.map((one) => ({
      subjects: one.items.map((place) => place.item),
      after: one.after,
      event: one.event,
    })),
  };
}
