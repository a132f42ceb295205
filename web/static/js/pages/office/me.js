// One's own page: a key is revoked by a link that is signed here.

import { post } from "../../sign/api.js";
import { start } from "../../offline/outbox-view.js";
import { fail, offerToSign } from "../page.js";

for (const button of document.querySelectorAll("[data-revoke]")) {
  button.hidden = false;
  button.onclick = async () => {
    try {
      const set = await post(`/api/v1/keys/${button.dataset.revoke}/revoke/draft`, {});
      await offerToSign(set, button, () => location.reload());
    } catch (error) {
      fail(error);
    }
  };
}

start().catch(fail); // what waits on this device is sent from here as well
