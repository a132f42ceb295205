// One's own page: kept on this device, and shown anew once there is a network again.

import "./back.js";
import { keepHere } from "./offline-page.js";

keepHere();
