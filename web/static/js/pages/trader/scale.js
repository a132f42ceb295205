// The list of scale codes, printed by the browser.

import "../printing.js";
