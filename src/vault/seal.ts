import type { Duplex } from 'node:stream';

import type { Engine } from '../domain/driver-traits.ts';
import type { SessionAddress } from '../domain/session.ts';
import { KEY_BYTES, sealFrames } from './frames.ts';
import type { KeyRing } from './key-ring.ts';

export interface SealOptions {
  readonly ring: KeyRing;
  readonly address: SessionAddress;
  readonly engine: Engine;
  /** Version of the program that wrote what is sealed; `null` where none is known. @defaultValue null */
  readonly writtenBy?: string | null | undefined;
  readonly epoch: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly randomBytes: (count: number) => Buffer;
}

/** One archive in the making. */
export interface Sealing {
  /** Takes the packed profile, gives the sealed body. */
  readonly body: Duplex;
  /** The header for a body of this many bytes: made last, so that a body without one is no archive. */
  header(bytes: number): Promise<Buffer>;
}

/** Name of the body's own key, in clear inside the body. */
export const DATA_KEY_NAME = 'data';

/** Begins an archive with a fresh data key, bound to user, session and epoch. */
export function beginSeal(options: SealOptions): Sealing {
  const { ring, address, engine, writtenBy, epoch, now, randomBytes } = options;
  const { userId, id } = address;
  const dataKey = randomBytes(KEY_BYTES);
  return {
    body: sealFrames({ name: DATA_KEY_NAME, key: dataKey }, { user: userId, session: id, epoch: String(epoch) }),
    header: (bytes) => {
      const facts = { userId, id, engine, epoch, bytes, sealedAt: new Date(now).toISOString() };
      return ring.wrap(typeof writtenBy === 'string' ? { ...facts, writtenBy } : facts, dataKey);
    },
  };
}
