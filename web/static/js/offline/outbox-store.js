// What was signed and is not sent yet: one object store of IndexedDB, apart from the keys.

import { database } from "../sign/database.js";

const run = database("suyuan-outbox", { records: "id" });

// All records, in the order in which they were signed.
export async function all() {
  const stored = await run("readonly", (records) => records.getAll());
  return stored.sort((left, right) => left.made - right.made || (left.id < right.id ? -1 : 1));
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
    const request = records.get(id);
    request.onsuccess = () => {
      made = request.result === undefined ? undefined : decide(request.result);
      if (made === null) records.delete(id);
      else if (made !== undefined) records.put(made);
    };
    return request;
  });
  return made;
}
