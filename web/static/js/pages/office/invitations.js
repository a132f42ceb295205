// Invitations: a key that was offered is enrolled by a link that is signed here.

import { post } from "../../sign/api.js";
import { fail, offerToSign } from "../page.js";
import "../printing.js";

for (const button of document.querySelectorAll("[data-enrol]")) {
  button.hidden = false;
  button.onclick = async () => {
    try {
      const set = await post(`/api/v1/invitations/${button.dataset.enrol}/draft`, {});
      await offerToSign(set, button, () => {
        button.disabled = true;
      });
    } catch (error) {
      fail(error);
    }
  };
}
