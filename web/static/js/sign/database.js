// A database of IndexedDB: opened for each thing that is done, and closed after it.

// A way to its object stores, which have these key paths: `run(mode, ask)` hands `ask` all of them,
// and resolves with the result of the request that it answers once everything is written.
export function database(name, keyPaths) {
  const names = Object.keys(keyPaths);
  return async (mode, ask) => {
    const opened = await open(name, keyPaths);
    try {
      return await new Promise((resolve, reject) => {
        const transaction = opened.transaction(names, mode);
        const request = ask(...names.map((store) => transaction.objectStore(store)));
        transaction.oncomplete = () => resolve(request && request.result);
        transaction.onabort = transaction.onerror = () => reject(transaction.error);
      });
    } finally {
      opened.close();
    }
  };
}

function open(name, keyPaths) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      for (const [store, keyPath] of Object.entries(keyPaths)) request.result.createObjectStore(store, { keyPath });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = () => reject(request.error || new Error("IndexedDB is blocked"));
  });
}
