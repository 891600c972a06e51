const WAITS_MS = 10_000;

/**
 * Run in the page: writes a mark to localStorage once everything that the page had begun to write to IndexedDB is
 * committed. Rejects, and marks nothing, when that takes too long. A transaction over all stores waits for those before
 * it; a database that was deleted meanwhile is not made anew.
 */
export const storeFlushMarker = (mark: string): string => `(async () => {
  const committed = (name) => new Promise((resolve) => {
    const opening = indexedDB.open(name);
    opening.onupgradeneeded = () => opening.transaction.abort();
    opening.onerror = resolve;
    opening.onsuccess = () => {
      const database = opening.result;
      const done = () => { database.close(); resolve(); };
      database.onversionchange = done;
      const stores = [...database.objectStoreNames];
      if (stores.length === 0) return done();
      const transaction = database.transaction(stores, 'readonly');
      transaction.oncomplete = transaction.onabort = done;
    };
  });
  const all = indexedDB.databases().then((databases) => Promise.all(databases.map(({ name }) => committed(name))));
  await Promise.race([all, new Promise((_, reject) => setTimeout(() => reject(new Error('the databases were busy for too long')), ${WAITS_MS}))]);
  localStorage.setItem('supervisorMark', ${JSON.stringify(mark)});
})()`;
