// What this device remembers: values as JSON, by name.

export const TYPED = "suyuan-typed "; // before a key: what was typed for it without a network

// Let go of what was typed for other keys than this one; for all where it is null.
export function forgetTyped(keyid) {
  try {
    for (const name of Object.keys(localStorage)) {
      if (name.startsWith(TYPED) && !name.startsWith(`${TYPED}${keyid} `)) localStorage.removeItem(name);
    }
  } catch (error) {
    // a browser that keeps nothing
  }
}

// What was remembered under a name; null where nothing was, or the browser keeps nothing.
export function remembered(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch (error) {
    return null;
  }
}

// Remember a value, where the browser keeps any.
export function remember(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch (error) {
    // it is asked for again
  }
}
