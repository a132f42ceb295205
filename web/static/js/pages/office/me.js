// One's own page: a key is revoked by a link that is signed here.

import { post } from "../../sign/api.js";
import { start } from "../../offline/outbox-view.js";
import { fail, offers } from "../page.js";

const draft = ({ revoke }) => post(`/api/v1/keys/${revoke}/revoke/draft`, {});
offers(document.querySelectorAll("[data-revoke]"), draft);
start().catch(fail); // what waits on this device is sent from here as well
