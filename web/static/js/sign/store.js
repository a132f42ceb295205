// Where keys are kept: one object store of IndexedDB, by key id.

const DATABASE = "suyuan";
const KEYS = "keys";

// Keep a record under its keyid; resolves once it is written.
export function put(record) {
  const made = Date.now();
  return run("readwrite", (keys) => keys.put({ made, ...record }));
}

// The record of a keyid; undefined where there is none.
export function get(keyid) {
  return run("readonly", (keys) => keys.get(keyid));
}

// All records, in the order in which they were made.
export async function all() {
  const found = await run("readonly", (keys) => keys.getAll());
  return found.sort((one, two) => one.made - two.made);
}

// Remove a record, if it is there.
export function remove(keyid) {
  return run("readwrite", (keys) => keys.delete(keyid));
}

async function run(mode, ask) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(KEYS, mode);
      const asked = ask(transaction.objectStore(KEYS));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

function opened() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(KEYS, { keyPath: "keyid" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = asked.onblocked = () => reject(asked.error || new Error("IndexedDB is blocked"));
  });
}
