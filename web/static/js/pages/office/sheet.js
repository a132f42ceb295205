// Invitations to be printed.

import "../printing.js";
