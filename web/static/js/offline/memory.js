// What this device remembers: values as JSON, by name.

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
