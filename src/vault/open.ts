import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { Engine } from '../domain/driver-traits.ts';
import { ensureError } from '../domain/errors.ts';
import { sessionKey, type SessionAddress } from '../domain/session.ts';
import { decodeHeader, type ArchiveHeader } from './archive-header.ts';
import {
  CorruptArchiveError,
  ForeignArchiveError,
  ForeignEngineError,
  StaleArchiveError,
  TruncatedArchiveError,
} from './errors.ts';
import { openFrames } from './frames.ts';
import type { KeyRing } from './key-ring.ts';
import { DATA_KEY_NAME } from './seal.ts';

export interface OpenDemands {
  readonly ring: KeyRing;
  readonly address: SessionAddress;
  /** Archives of older epochs are refused. */
  readonly minEpoch: number;
  /** Archives that say they are another engine's are refused. @defaultValue any engine's are taken */
  readonly engine?: Engine | undefined;
}

/** An archive whose header was found good. */
export interface OpenedArchive {
  readonly header: ArchiveHeader;
  readonly dataKey: Uint8Array;
}

/**
 * Checks whose archive this is and how old, and opens its data key. Rejects with an `ArchiveRefusedError`, one class
 * for each cause.
 */
export async function openHeader(
  bytes: Buffer,
  { ring, address, minEpoch, engine }: OpenDemands,
): Promise<OpenedArchive> {
  const header = decodeHeader(bytes);
  if (header.userId !== address.userId || header.id !== address.id)
    throw new ForeignArchiveError(sessionKey(header), sessionKey(address));
  const dataKey = await ring.unwrap(header);
  // After the key, since only that vouches for the epoch.
  if (header.epoch < minEpoch) throw new StaleArchiveError(header.epoch, minEpoch);
  // What an archive without an engine holds is only known to be old: it is given to whoever asks.
  if (engine !== undefined && header.engine !== undefined && header.engine !== engine)
    throw new ForeignEngineError(header.engine, engine);
  return { header, dataKey };
}

/**
 * The packed profile out of a sealed body, frame by frame, each checked before it comes out. Throws {@link
 * TruncatedArchiveError} or {@link CorruptArchiveError} where the body is not what was sealed, and what reading it
 * threw as it is.
 */
export async function* openBody(
  { header, dataKey }: OpenedArchive,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = new CountedSource(body, header.bytes);
  const frames = openFrames({ name: DATA_KEY_NAME, key: dataKey });
  const fed = pipeline(Readable.from(source.chunks()), frames);
  // Awaited below; until then a failure is seen on the frames.
  fed.catch(() => undefined);
  try {
    yield* frames as AsyncIterable<Uint8Array>;
    await fed;
  } catch (error) {
    throw source.failure ?? new CorruptArchiveError(`a frame within its ${header.bytes} bytes is not authentic`, error);
  } finally {
    frames.destroy();
  }
}

/** Passes a body on and holds it to its length; remembers what went wrong on this side of the decryption. */
class CountedSource {
  failure: Error | undefined;
  readonly #body: AsyncIterable<Uint8Array>;
  readonly #expected: number;

  constructor(body: AsyncIterable<Uint8Array>, expected: number) {
    this.#body = body;
    this.#expected = expected;
  }

  async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    let count = 0;
    try {
      for await (const chunk of this.#body) {
        count += chunk.length;
        if (count > this.#expected) throw new CorruptArchiveError(`more than its ${this.#expected} bytes are there`);
        yield chunk;
      }
      if (count < this.#expected) throw new TruncatedArchiveError(count, this.#expected);
    } catch (error) {
      this.failure = ensureError(error);
      throw this.failure;
    }
  }
}
