import { encodeB64 } from './base64.js';

/**
 * Where the login lives, mixed as the real page mixes it: keys that cannot be exported, the device and the messages in
 * IndexedDB, who one is and the secret of the QR code in localStorage. A login is whole only with both halves.
 */
const DATABASE = 'model-storage';
const WID = 'last-wid-md';
const ADV_SECRET = 'WAAdvSecretKey';

const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const committed = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  });

function openDatabase() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    for (const store of ['keys', 'device']) request.result.createObjectStore(store);
    request.result.createObjectStore('messages', { keyPath: 'id' });
  };
  return settled(request);
}

const newKeyPair = () => crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
const publicKeyOf = async (pair) => new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));

export async function openStorage() {
  const database = await openDatabase();
  const get = (store, key) => settled(database.transaction(store).objectStore(store).get(key));

  async function wipe() {
    localStorage.clear();
    const transaction = database.transaction(['keys', 'device', 'messages'], 'readwrite');
    for (const store of transaction.objectStoreNames) transaction.objectStore(store).clear();
    await committed(transaction);
  }

  let device = (await get('device', 'me')) ?? null;
  if (device !== null && localStorage.getItem(WID) !== device.wid) {
    await wipe();
    device = null;
  }
  let keys = await get('keys', 'pairs');
  if (!keys) {
    keys = {
      noise: await newKeyPair(),
      identity: await newKeyPair(),
      registrationId: crypto.getRandomValues(new Uint16Array(1))[0],
    };
    const transaction = database.transaction('keys', 'readwrite');
    transaction.objectStore('keys').put(keys, 'pairs');
    await committed(transaction);
  }
  if (!localStorage.getItem(ADV_SECRET))
    localStorage.setItem(ADV_SECRET, encodeB64(crypto.getRandomValues(new Uint8Array(32))));

  return {
    noiseKey: await publicKeyOf(keys.noise),
    identityKey: await publicKeyOf(keys.identity),
    registrationId: keys.registrationId,
    advSecret: () => localStorage.getItem(ADV_SECRET),
    device: () => device,
    sign: async (bytes) => encodeB64(new Uint8Array(await crypto.subtle.sign('Ed25519', keys.noise.privateKey, bytes))),
    async link(identity) {
      device = { ...identity, generation: 0 };
      const transaction = database.transaction('device', 'readwrite');
      transaction.objectStore('device').put(device, 'me');
      localStorage.setItem(WID, identity.wid);
      await committed(transaction);
    },
    /** Keeps a message and, in the same transaction, counts that the device's state has changed. */
    async keep(record) {
      const transaction = database.transaction(['device', 'messages'], 'readwrite');
      transaction.objectStore('messages').put(record);
      if (device !== null) {
        device = { ...device, generation: device.generation + 1 };
        transaction.objectStore('device').put(device, 'me');
      }
      await committed(transaction);
      return device?.generation ?? 0;
    },
    /** Changes a message that it keeps; one that it does not keep stays unknown. */
    async change(id, changes) {
      const transaction = database.transaction('messages', 'readwrite');
      const store = transaction.objectStore('messages');
      const record = await settled(store.get(id));
      if (record) store.put({ ...record, ...changes });
      await committed(transaction);
    },
    messages: () => settled(database.transaction('messages').objectStore('messages').getAll()),
    wipe,
  };
}
