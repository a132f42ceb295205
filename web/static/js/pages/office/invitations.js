// Invitations: a key that was offered is enrolled by a link that is signed here.

import { post } from "../../sign/api.js";
import { offers } from "../page.js";
import "../printing.js";
import "../ticks.js";

const draft = ({ enrol }) => post(`/api/v1/invitations/${enrol}/draft`, {});
offers(document.querySelectorAll("[data-enrol]"), draft, (button) => {
  button.disabled = true;
});
