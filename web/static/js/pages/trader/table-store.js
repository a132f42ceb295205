// A table whose links are signed and not all sent yet: their exact bytes, kept in this browser.

const DATABASE = "suyuan-tables";
const TABLES = "tables";
const ARRAYS = "arrays";

// Begin a table anew under its id: nothing that was kept of it before stays.
export function begin(table) {
  return run([TABLES, ARRAYS], "readwrite", (stores) => {
    stores[ARRAYS].delete(range(table.id));
    stores[TABLES].put({ ...table, isWhole: false, sent: 0 });
  });
}

// Keep the entries of one array, by its number from 0.
export function keep(id, number, entries) {
  return run([ARRAYS], "readwrite", (stores) => stores[ARRAYS].put({ id, number, entries }));
}

// Note what has become of a table: that it is whole, how many of its arrays are sent.
export function note(id, values) {
  return run([TABLES], "readwrite", (stores) => {
    const asked = stores[TABLES].get(id);
    asked.onsuccess = () => {
      if (asked.result) stores[TABLES].put({ ...asked.result, ...values });
    };
  });
}

// All tables, the oldest first.
export async function all() {
  const found = await run([TABLES], "readonly", (stores) => stores[TABLES].getAll());
  return found.sort((one, two) => one.made - two.made);
}

// The entries of one array.
export async function entries(id, number) {
  const found = await run([ARRAYS], "readonly", (stores) => stores[ARRAYS].get([id, number]));
  return found.entries;
}

// Forget a table.
export function remove(id) {
  return run([TABLES, ARRAYS], "readwrite", (stores) => {
    stores[ARRAYS].delete(range(id));
    stores[TABLES].delete(id);
  });
}

function range(id) {
  return IDBKeyRange.bound([id, 0], [id, Number.MAX_SAFE_INTEGER]);
}

async function run(names, mode, ask) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(names, mode);
      const stores = Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)]));
      const asked = ask(stores);
      transaction.oncomplete = () => resolve(asked && asked.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

function opened() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore(TABLES, { keyPath: "id" });
      asked.result.createObjectStore(ARRAYS, { keyPath: ["id", "number"] });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = asked.onblocked = () => reject(asked.error || new Error("IndexedDB is blocked"));
  });
}
