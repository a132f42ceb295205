// Who is registered: several are ticked, to be invited.

import "../ticks.js";
