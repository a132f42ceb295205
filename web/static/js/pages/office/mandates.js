// Mandates: given and withdrawn by links that are signed here.

import { start } from "./giving.js";

start();
