import { createCipheriv, createDecipheriv, randomBytes as systemBytes } from 'node:crypto';

import type { Redis } from 'ioredis';

import { sessionKey, type SessionAddress } from '../domain/session.ts';
import { reachStore } from '../store/connection.ts';
import type { EventFeed } from '../store/event-feed.ts';
import type { Keyspace } from '../store/keys.ts';
import type { KeyRing } from '../vault/key-ring.ts';

interface SealedBodiesOptions {
  readonly redis: Redis;
  readonly keys: Keyspace;
  readonly ring: Pick<KeyRing, 'protect' | 'reveal'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** @defaultValue node:crypto */
  readonly randomBytes?: ((count: number) => Buffer) | undefined;
}

interface DataKey {
  readonly name: string;
  readonly key: Buffer;
}

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** A day, and bits enough that a session of the same name that is made anew has other names. */
const NAME = /^\d{8}-[0-9a-f]{16}$/;
const NAME_BYTES = 25;
const DAY_MS = 86_400_000;
/** The longest that anything may wait to be sent, be kept, and be late, together. A key older than that opens nothing. */
const KEYS_KEPT_MS = 70 * DAY_MS;
/** Data keys that a process remembers. */
const REMEMBERED = 500;

/**
 * Seals what messages say, wherever it lies: AES-256-GCM under a data key of the session and the day, which the vault's
 * master keys wrap. Bound are the user, the session and an id that the caller chooses: nothing sealed can take the place
 * of something else. Once a session's keys are destroyed nothing of it can be opened, backups aside.
 */
export class SealedBodies {
  readonly #options: SealedBodiesOptions;
  readonly #randomBytes: (count: number) => Buffer;
  /** By the place of the hash and the key's name, those used last at the end. */
  readonly #known = new Map<string, Buffer>();
  /** The name of the key that seals now, by session. */
  readonly #current = new Map<string, string>();
  /** Keys in the making, so that a burst makes one. */
  readonly #making = new Map<string, Promise<DataKey>>();

  constructor(options: SealedBodiesOptions) {
    this.#options = options;
    this.#randomBytes = options.randomBytes ?? systemBytes;
  }

  /** Throws {@link StoreUnavailableError}. */
  async seal(address: SessionAddress, id: string, bytes: Uint8Array): Promise<Buffer> {
    const { name, key } = await this.#sealingKey(address);
    const iv = this.#randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, key, iv).setAAD(binding(address, id, name));
    const sealed = Buffer.concat([cipher.update(bytes), cipher.final()]);
    return Buffer.concat([Buffer.from(name, 'latin1'), iv, cipher.getAuthTag(), sealed]);
  }

  /**
   * `null`: its key was destroyed, and with that what it said. Throws {@link StoreUnavailableError}; an `Error` where the
   * bytes were changed or sealed for something else, and the ring's errors where no master key fits.
   */
  async open(address: SessionAddress, id: string, sealed: Uint8Array): Promise<Buffer | null> {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
    const name = bytes.subarray(0, NAME_BYTES).toString('latin1');
    if (bytes.length < NAME_BYTES + IV_BYTES + TAG_BYTES || !NAME.test(name))
      throw new Error('These bytes are no sealed body.');
    const key = await this.#find(address, name);
    if (key === null) return null;
    const iv = bytes.subarray(NAME_BYTES, NAME_BYTES + IV_BYTES);
    const body = NAME_BYTES + IV_BYTES + TAG_BYTES;
    const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES })
      .setAAD(binding(address, id, name))
      .setAuthTag(bytes.subarray(NAME_BYTES + IV_BYTES, body));
    return Buffer.concat([decipher.update(bytes.subarray(body)), decipher.final()]);
  }

  /** Destroys the session's keys. Throws {@link StoreUnavailableError}. */
  async destroy(address: SessionAddress): Promise<void> {
    const { redis, keys } = this.#options;
    await reachStore(() => redis.del(keys.messageKeys(sessionKey(address))));
    this.forget(address);
  }

  /** Remembers nothing of the session: somebody has destroyed its keys. */
  forget(address: SessionAddress): void {
    const session = sessionKey(address);
    this.#current.delete(session);
    for (const place of this.#known.keys()) if (place.startsWith(`${session} `)) this.#known.delete(place);
  }

  async #sealingKey(address: SessionAddress): Promise<DataKey> {
    const { redis, keys, now } = this.#options;
    const session = sessionKey(address);
    const name = this.#current.get(session);
    const key = name === undefined ? undefined : this.#known.get(`${session} ${name}`);
    if (name !== undefined && key !== undefined && name.startsWith(dayOf(now()))) {
      // Asked each time: whoever destroyed the keys may have been another process.
      const isThere = await reachStore(() => redis.hexists(keys.messageKeys(session), name));
      if (isThere === 1) return { name, key };
      this.forget(address);
    }
    const making = this.#making.get(session) ?? this.#findOrMake(address);
    this.#making.set(session, making);
    try {
      return await making;
    } finally {
      this.#making.delete(session);
    }
  }

  /** The newest of today's that this process can open, or a new one. */
  async #findOrMake(address: SessionAddress): Promise<DataKey> {
    const { redis, keys, ring, now } = this.#options;
    const session = sessionKey(address);
    const hash = keys.messageKeys(session);
    const day = dayOf(now());
    const names = await reachStore(() => redis.hkeys(hash));
    const today = names.filter((name) => name.startsWith(day)).toSorted();
    for (const name of today) {
      const key = await this.#find(address, name).catch(() => null);
      if (key !== null) return this.#use(session, { name, key });
    }
    const key = this.#randomBytes(KEY_BYTES);
    const name = `${day}-${this.#randomBytes(8).toString('hex')}`;
    const kept = await ring.protect(key, wrapping(address, name));
    const oldest = dayOf(now() - KEYS_KEPT_MS);
    const spent = names.filter((one) => one.slice(0, day.length) < oldest);
    await reachStore(async () => {
      await redis.hset(hash, name, kept);
      await redis.pexpire(hash, KEYS_KEPT_MS);
      if (spent.length > 0) await redis.hdel(hash, ...spent);
    });
    this.#remember(`${session} ${name}`, key);
    return this.#use(session, { name, key });
  }

  async #find(address: SessionAddress, name: string): Promise<Buffer | null> {
    const session = sessionKey(address);
    const place = `${session} ${name}`;
    const known = this.#known.get(place);
    if (known !== undefined) {
      this.#remember(place, known);
      return known;
    }
    const { redis, keys, ring } = this.#options;
    const kept = await reachStore(() => redis.hget(keys.messageKeys(session), name));
    if (kept === null) return null;
    const key = await ring.reveal(kept, wrapping(address, name));
    this.#remember(place, key);
    return key;
  }

  #use(session: string, key: DataKey): DataKey {
    this.#current.delete(session);
    this.#current.set(session, key.name);
    forgetOldest(this.#current);
    return key;
  }

  #remember(place: string, key: Buffer): void {
    this.#known.delete(place);
    this.#known.set(place, key);
    forgetOldest(this.#known);
  }
}

/** The sealing of a process: it forgets the keys of a session as soon as it hears that the session is deleted. */
export function openSealedBodies({
  feed,
  ...options
}: SealedBodiesOptions & { readonly feed: Pick<EventFeed, 'listen'> }): SealedBodies {
  const bodies = new SealedBodies(options);
  feed.listen(({ type, userId, sessionId }) => {
    if (type === 'session.deleted') bodies.forget({ userId, id: sessionId });
  });
  return bodies;
}

function forgetOldest(map: Map<string, unknown>): void {
  const [oldest] = map.keys();
  if (map.size > REMEMBERED && oldest !== undefined) map.delete(oldest);
}

/** `20261201`, in UTC. */
function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10).replaceAll('-', '');
}

/** What a body is bound to. JSON: no two lists of texts look alike. */
function binding({ userId, id: sessionId }: SessionAddress, id: string, name: string): Buffer {
  return Buffer.from(JSON.stringify([userId, sessionId, id, name]));
}

function wrapping({ userId, id }: SessionAddress, name: string) {
  return { purpose: 'messages', user: userId, session: id, name };
}
