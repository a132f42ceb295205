// One hold or recall: what one may do with it, each drafted by the server and signed here.

import { answerOps } from "../recall-form.js";

answerOps(() => document.body.dataset.act);
