import { decodeB64, encodeB64 } from './base64.js';
import { ballast, misbehave } from './misbehave.js';
import { Emitter, Model } from './model.js';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** States that the server imposes; a lost connection does not hide them. */
const IMPOSED = new Set(['CONFLICT', 'UNLAUNCHED', 'PROXYBLOCK', 'TOS_BLOCK', 'SMB_TOS_BLOCK', 'DEPRECATED_VERSION']);
/** How long an event waits for its first listener (ms). */
const LISTENER_PATIENCE_MS = 5_000;

async function untilListened(model, event) {
  const givesUpAt = performance.now() + LISTENER_PATIENCE_MS;
  while (!model.listens(event) && performance.now() < givesUpAt) await sleep(20);
}

/** The life of the page's socket: connects, shows codes, is linked, syncs, loses the line, is logged out. */
export function createSession({ storage, connection, chats, actions, settings }) {
  const Socket = new Model({ state: 'OPENING', hasSynced: false });
  const Conn = new Model({ ref: undefined, pushname: undefined, platform: undefined, battery: 100, plugged: true });
  const Cmd = new Emitter();
  let progress = 0;
  let isLeaving = false;

  function leave() {
    location.assign('/?post_logout=1&logout_reason=0');
  }

  async function loggedOut() {
    if (isLeaving) return;
    isLeaving = true;
    await storage.wipe();
    // A page that finds itself logged out on loading would else be gone before or after it is looked at, by chance.
    await untilListened(Socket, 'change:state');
    Cmd.trigger('logout');
    // Listeners of the command must get it before the page is gone.
    await sleep(50);
    leave();
  }

  async function sync() {
    if (Socket.hasSynced) return;
    const { when, durationMs, steps } = settings.sync;
    if (when === 'never') return;
    if (when === 'listened_to') {
      await untilListened(Socket, 'change:hasSynced');
      for (let step = 1; step <= steps; step += 1) {
        await sleep(durationMs / steps);
        progress = Math.round((step / steps) * 100);
        Cmd.trigger('offline_progress_update_from_bridge');
      }
    }
    if (isLeaving) return;
    Socket.set({ hasSynced: true });
    await connection.post('synced');
  }

  async function connected({ identity, backlog }) {
    window.WAHeap ??= ballast(settings.heapMb);
    Conn.set({ pushname: identity.name, platform: 'android', wid: identity.wid });
    for (const message of backlog) await chats.receive(message);
    chats.flush();
    if (settings.sync.when === 'early' && !Socket.hasSynced) await sync();
    Socket.set({ state: 'CONNECTED' });
    // Not waited for: pushes go on during a sync.
    sync().catch((error) => console.error(error));
  }

  async function pair({ identity, mac }) {
    const secret = await crypto.subtle.importKey(
      'raw',
      decodeB64(storage.advSecret()),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['verify'],
    );
    const signed = new TextEncoder().encode(encodeB64(storage.identityKey) + identity.deviceId);
    const accepted = await crypto.subtle.verify('HMAC', secret, decodeB64(mac), signed);
    if (accepted) {
      Socket.set({ state: 'PAIRING' });
      await storage.link(identity);
    }
    const answer = await connection.post('paired', { accepted });
    if (answer.kind !== 'connected') return;
    if (settings.junkQr) Conn.set({ ref: undefined });
    Socket.set({ state: 'OPENING' });
    await connected(answer);
  }

  const pushes = {
    ref({ ref }) {
      Conn.set({ ref });
      Socket.set({ state: 'UNPAIRED' });
    },
    idle: () => Socket.set({ state: 'UNPAIRED_IDLE' }),
    pair,
    message: ({ message }) => chats.receive(message),
    ack: ({ id, ack }) => chats.acknowledge(id, ack),
    happened: ({ what }) => actions.happened(what),
    state: ({ state }) => Socket.set({ state }),
    logout: loggedOut,
    misbehave: ({ how }) => misbehave(how),
  };

  /** One connection, from its opening to its loss. Rejects when it cannot be opened. */
  async function connectOnce() {
    let lost;
    const untilLost = new Promise((resolve) => {
      lost = resolve;
    });
    let queue = Promise.resolve();
    const nonce = await connection.open((push) => {
      // In order, and only after the greeting below.
      queue = queue.then(() => pushes[push.type](push)).catch((error) => console.error(error));
    }, lost);
    const device = storage.device();
    const greeting = await connection.post('hello', {
      noiseKey: encodeB64(storage.noiseKey),
      identityKey: encodeB64(storage.identityKey),
      login: device && {
        deviceId: device.deviceId,
        generation: device.generation,
        signature: await storage.sign(decodeB64(nonce)),
      },
    });
    if (greeting.kind === 'logged_out') await loggedOut();
    if (greeting.kind === 'connected') await connected(greeting);
    await untilLost;
  }

  async function run() {
    if (settings.socket === 'stays_opening') return;
    while (!isLeaving) {
      const startedAt = performance.now();
      let wasOpen = true;
      await connectOnce().catch(() => {
        wasOpen = false;
      });
      if (isLeaving) return;
      while (IMPOSED.has(Socket.state)) await sleep(settings.reconnect.retryMs);
      if (wasOpen) {
        Socket.set({ state: 'OPENING' });
        continue;
      }
      await sleep(Math.max(0, settings.reconnect.timeoutMs - (performance.now() - startedAt)));
      Socket.set({ state: 'TIMEOUT' });
      await sleep(settings.reconnect.retryMs);
      Socket.set({ state: 'OPENING' });
    }
  }

  Object.defineProperties(Socket, {
    logout: {
      value: async () => {
        isLeaving = true;
        await connection.post('logout');
        await storage.wipe();
        if (settings.logout === 'leaves_first') {
          leave();
          await new Promise(() => {});
        }
        setTimeout(leave, 300);
      },
    },
    // Said and not waited for: the library never awaits this call of the page, and an answer still due when the browser
    // closes would be an unhandled failure.
    takeover: {
      value: () => {
        connection.post('takeover');
      },
    },
  });

  return {
    Socket,
    Conn,
    Cmd,
    progress: () => progress,
    refreshQR: () => connection.post('refresh'),
    async requestPairingCode(phoneNumber) {
      const answer = await connection.post('code', { phoneNumber, advSecret: storage.advSecret() });
      if (answer.kind === 'given') return answer.code;
      throw Object.assign(new Error('IQErrorRateOverlimit'), { name: 'IQErrorRateOverlimit', code: 429 });
    },
    run,
  };
}
