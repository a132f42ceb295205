// A table whose links are signed and not all sent yet: their exact bytes, kept in this browser.

import { database } from "../../sign/database.js";

const run = database("suyuan-tables", { tables: "id", arrays: ["id", "number"] });

// Begin a table anew under its id: nothing that was kept of it before stays.
export function begin(table) {
  return run("readwrite", (tables, arrays) => {
    arrays.delete(range(table.id));
    tables.put({ ...table, isWhole: false, sent: 0 });
  });
}

// Keep the entries of one array, by its number from 0.
export function keep(id, number, entries) {
  return run("readwrite", (_tables, arrays) => arrays.put({ id, number, entries }));
}

// Note what has become of a table: that it is whole, how many of its arrays are sent.
export function note(id, values) {
  return run("readwrite", (tables) => {
    const request = tables.get(id);
    request.onsuccess = () => {
      if (request.result) tables.put({ ...request.result, ...values });
    };
  });
}

// All tables, the oldest first.
export async function all() {
  const rows = await run("readonly", (tables) => tables.getAll());
  return rows.sort((left, right) => left.made - right.made);
}

// The entries of one array.
export async function entries(id, number) {
  const row = await run("readonly", (_tables, arrays) => arrays.get([id, number]));
  return row.entries;
}

// Forget a table.
export function remove(id) {
  return run("readwrite", (tables, arrays) => {
    arrays.delete(range(id));
    tables.delete(id);
  });
}

function range(id) {
  return IDBKeyRange.bound([id, 0], [id, Number.MAX_SAFE_INTEGER]);
}
