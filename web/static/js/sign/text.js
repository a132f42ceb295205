// What the page says, in its language: the English of a text is its name in the catalogue, and the
// page has the Chinese of those that its scripts name.

const page = globalThis.document && document.body && document.body.dataset.texts;
const known = Object.assign(Object.create(null), JSON.parse(page || "{}"));

// More of them, of a page that fetches its own.
export function learn(texts) {
  Object.assign(known, texts);
}

// A text in the page's language, with its places filled in if `values` are given.
export function _(english, values) {
  const text = known[english] || english;
  return values === undefined ? text : fill(text, values);
}

// A text with its places filled in: %(name)s.
export function fill(text, values) {
  return text.replace(/%\((\w+)\)[sd]/g, (all, name) => String(values[name]));
}
