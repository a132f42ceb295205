// The button that prints the page.

import { at } from "./page.js";

const button = at("print");
if (button) {
  button.hidden = false;
  button.onclick = () => print();
}
