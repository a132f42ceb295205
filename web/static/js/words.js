// What is signed, in plain words: made from the very members that are signed, and from nothing else.

const PREFIXES = [
  "https://ref.gs1.org/cbv/BizStep-",
  "urn:epcglobal:cbv:bizstep:",
  "cbv:BizStep-",
];

// A link's body in words: {title, rows: [[label, value], …]}. `names` is by URI.
export function describe(body, words, names) {
  return body.event ? ofEvent(body.event, words, names) : ofStatement(body.statement || {}, words, names);
}

// The eight letters by which two screens compare a key (trace/inviting.py).
export function checkOf(keyid) {
  const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  let bits = "";
  for (const digit of keyid.slice(0, 10)) bits += parseInt(digit, 16).toString(2).padStart(4, "0");
  const found = bits.match(/.{5}/g).map((five) => letters[parseInt(five, 2)]).join("");
  return `${found.slice(0, 4)}-${found.slice(4)}`;
}

// A text of the page's with its places filled in: %(name)s.
export function fill(text, values) {
  return text.replace(/%\((\w+)\)[sd]/g, (all, name) => String(values[name]));
}

function ofEvent(event, words, names) {
  const rows = [];
  const name = (uri) => names[uri] || uri;
  for (const part of quantities(event)) {
    const uom = part.uom || "";
    const unit = words.units[uom] || uom;
    const amount = part.quantity === undefined ? "" : ` ${part.quantity} ${unit}`;
    rows.push([words.item, `${name(part.epcClass)}${amount}`]);
  }
  for (const uri of [...(event.epcList || []), ...(event.childEPCs || [])]) {
    rows.push([words.item, name(uri)]);
  }
  for (const one of event.sourceList || []) rows.push([words.from, name(one.source)]);
  for (const one of event.destinationList || []) rows.push([words.to, name(one.destination)]);
  if (event["suyuan:reason"]) rows.push([words.reason, String(event["suyuan:reason"])]);
  rows.push([words.time, String(event.eventTime).slice(0, 16).replace("T", " ")]);
  return { title: stepOf(event, words), rows };
}

function quantities(event) {
  const lists = ["quantityList", "inputQuantityList", "outputQuantityList", "childQuantityList"];
  return lists.reduce((all, list) => all.concat(event[list] || []), []);
}

function stepOf(event, words) {
  let step = String(event.bizStep || event.type);
  for (const prefix of PREFIXES) if (step.startsWith(prefix)) step = step.slice(prefix.length);
  return words.steps[step] || step;
}

function ofStatement(said, words, names) {
  const kind = [said.type, said.op].filter(Boolean).join(" ");
  const rows = [];
  for (const member of ["party", "to"]) {
    // Of one that is admitted just now the name stands below, and its URI here.
    const name = said.name ? undefined : names[said[member]];
    if (said[member]) rows.push([words[member], name || said[member]]);
  }
  if (said.name) rows.push([words.name, said.name]);
  if (said.roles) {
    rows.push([words.role, said.roles.map((role) => words.roles[role] || role).join(", ")]);
  }
  if (said.division) rows.push([words.division, said.division]);
  if (said.keyid) rows.push([words.check, checkOf(said.keyid)]);
  if (said.kept) rows.push([words.kept, words[`kept_${said.kept}`] || said.kept]);
  if (said.revokes) {
    rows.push([words.revokes, said.revokes.map(checkOf).join(", ") || words.revokes_none]);
  }
  if (said.reason) rows.push([words.reason, said.reason]);
  return { title: words.statements[kind] || kind, rows };
}
