// What may be wrong with a field of the forms about parties, people and mandates, by its name.

import { _ } from "../../sign/text.js";

export const WRONG = {
  __proto__: null,
  to: _("Give the name, code or number of one other party that is admitted here."),
  steps: _("Choose at least one step."),
  first_day: _("Give a day."),
  last_day: _("Give a day that is not over and not before the first."),
  party: _("This party is not in your remit, or has a good key and gives it itself."),
  paper: _("Choose a photo or a scan of the signed paper."),
  name: _("A name is needed."),
  roles: _("Choose at least one role."),
  division: _("Type the name of one division within your remit, or its digits."),
  places: _("Names of places, their GLNs or URIs, one a line."),
  gs1: _("GS1 company prefixes have 4 to 12 digits, one a line."),
  part_of: _("No party of this number is admitted here."),
  remit: _("Names or digits of divisions, or places' URIs, one a line."),
  reason: _("One line of plain text."),
  registrar: _("It is no registrar any more: load the page again."),
  key: _("This key is not good any more: load the page again."),
  role: _("Choose one role, or none."),
  number: _("No valid number, or admitted already."),
};
