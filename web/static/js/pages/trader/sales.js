// What was sold, day by day: kept, to open without a network.

import { keepHere } from "../../offline/offline-page.js";

keepHere();
