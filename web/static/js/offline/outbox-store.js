// What was signed and is not sent yet: one object store of IndexedDB, apart from the keys.

const DATABASE = "suyuan-outbox";
const STORE = "records";

// All records, in the order in which they were signed.
export async function all() {
  const found = await run("readonly", (records) => records.getAll());
  return found.sort((one, two) => one.made - two.made || (one.id < two.id ? -1 : 1));
}

// Keep a record under its id; resolves once it is written.
export function put(record) {
  return run("readwrite", (records) => records.put(record));
}

// Change a record as it is at this moment, whatever other tabs do: `decide` is given it and answers
// what it shall be, null to remove it, or undefined to leave it alone. What it answered.
export async function change(id, decide) {
  let made;
  await run("readwrite", (records) => {
    const asked = records.get(id);
    asked.onsuccess = () => {
      made = asked.result === undefined ? undefined : decide(asked.result);
      if (made === null) records.delete(id);
      else if (made !== undefined) records.put(made);
    };
    return asked;
  });
  return made;
}

async function run(mode, ask) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const asked = ask(transaction.objectStore(STORE));
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
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "id" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = asked.onblocked = () => reject(asked.error || new Error("IndexedDB is blocked"));
  });
}
