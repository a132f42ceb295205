// Where keys are kept: one object store of IndexedDB, by key id.

import { database } from "./database.js";

const run = database("suyuan", { keys: "keyid" });

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
  const records = await run("readonly", (keys) => keys.getAll());
  return records.sort((left, right) => left.made - right.made);
}

// Remove a record, if it is there.
export function remove(keyid) {
  return run("readwrite", (keys) => keys.delete(keyid));
}
