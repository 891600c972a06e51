import { createHash } from 'node:crypto';

import type { Redis } from 'ioredis';
import { z } from 'zod';

import { reachStore } from '../store/connection.ts';
import type { Keyspace } from '../store/keys.ts';
import type { SealedBodies } from './sealed-bodies.ts';

interface MediaShelfOptions {
  readonly redis: Redis;
  readonly keys: Keyspace;
  readonly bodies: SealedBodies;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly randomBytes: (count: number) => Buffer;
}

/** A file that is kept until a message takes it along. */
export interface ShelvedMedia {
  readonly id: string;
  /** Hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  readonly mimetype: string;
  readonly filename: string | null;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

const KEPT_MS = 86_400_000;
const PIECE_BYTES = 1_048_576;
const OCTETS = 'application/octet-stream';

const shelvedSchema = z.object({
  sha256: z.string(),
  size: z.coerce.number(),
  mimetype: z.string(),
  filename: z.string().transform((text) => (text === '' ? null : text)),
  expiresAt: z.coerce.number(),
});

/** Files on their way out, sealed in pieces, for a day. Of one user: nobody else's message can take them along. */
export class MediaShelf {
  readonly #options: MediaShelfOptions;

  constructor(options: MediaShelfOptions) {
    this.#options = options;
  }

  /** Keeps what is streamed, in flat memory; a stream that fails leaves nothing. Throws `StoreUnavailableError`. */
  async keep(
    userId: string,
    source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    facts: { readonly mimetype?: string | undefined; readonly filename?: string | undefined } = {},
  ): Promise<ShelvedMedia> {
    const { redis, now, randomBytes } = this.#options;
    const id = `media_${randomBytes(12).toString('hex')}`;
    const place = this.#placeOf(userId, id);
    const hash = createHash('sha256');
    let size = 0;
    let count = 0;
    try {
      for await (const piece of piecesOf(source)) {
        hash.update(piece);
        size += piece.length;
        await this.#put(userId, id, count, piece);
        count += 1;
      }
    } catch (error) {
      await reachStore(() => redis.del(place.pieces)).catch(() => undefined);
      throw error;
    }
    const { mimetype = OCTETS, filename } = facts;
    const kept = {
      id,
      sha256: hash.digest('hex'),
      size,
      mimetype,
      filename: filename ?? null,
      expiresAt: now() + KEPT_MS,
    };
    await reachStore(async () => {
      await redis.hset(place.facts, { ...kept, filename: filename ?? '' });
      await redis.pexpire(place.facts, KEPT_MS);
    });
    return kept;
  }

  /** `null`: it is not kept, or not any more. */
  async find(userId: string, id: string): Promise<ShelvedMedia | null> {
    const { redis } = this.#options;
    const fields = await reachStore(() => redis.hgetall(this.#placeOf(userId, id).facts));
    return fields['size'] === undefined ? null : { id, ...shelvedSchema.parse(fields) };
  }

  /** Its bytes, piece by piece. Ends early where it is gone: whoever reads counts. */
  async *read(userId: string, id: string): AsyncGenerator<Buffer> {
    const { redis, bodies } = this.#options;
    const { pieces } = this.#placeOf(userId, id);
    for (let index = 0; ; index += 1) {
      const sealed = await reachStore(() => redis.hgetBuffer(pieces, String(index)));
      if (sealed === null) return;
      const opened = await bodies.open(ownerOf(userId), `${id}/${index}`, sealed);
      if (opened === null) return;
      yield opened;
    }
  }

  async #put(userId: string, id: string, index: number, piece: Uint8Array): Promise<void> {
    const { redis, bodies } = this.#options;
    const { pieces } = this.#placeOf(userId, id);
    const sealed = await bodies.seal(ownerOf(userId), `${id}/${index}`, piece);
    await reachStore(async () => {
      await redis.hset(pieces, String(index), sealed);
      await redis.pexpire(pieces, KEPT_MS);
    });
  }

  #placeOf(userId: string, id: string): { readonly facts: string; readonly pieces: string } {
    const { keys } = this.#options;
    return { facts: keys.media(userId, id), pieces: `${keys.media(userId, id)}:pieces` };
  }
}

/** No session has this name: what is sealed for it belongs to the user. */
function ownerOf(userId: string): { readonly userId: string; readonly id: string } {
  return { userId, id: '~media' };
}

async function* piecesOf(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    held.push(chunk);
    bytes += chunk.length;
    if (bytes < PIECE_BYTES) continue;
    const whole = Buffer.concat(held);
    let from = 0;
    for (; from + PIECE_BYTES <= whole.length; from += PIECE_BYTES) yield whole.subarray(from, from + PIECE_BYTES);
    held = [whole.subarray(from)];
    bytes = whole.length - from;
  }
  if (bytes > 0) yield Buffer.concat(held);
}
