import type { SessionAddress } from '../domain/session.ts';
import { decodeHeader, type ArchiveHeader } from './archive-header.ts';
import type { ArchiveStore } from './archive-store.ts';
import { ArchiveRefusedError } from './errors.ts';
import type { KeyRing } from './key-ring.ts';

/** One generation as its header describes it, unverified; `refused` when the header itself is no good. */
export type Listed =
  | {
      readonly kind: 'archive';
      readonly address: SessionAddress;
      readonly generation: string;
      readonly header: ArchiveHeader;
    }
  | {
      readonly kind: 'refused';
      readonly address: SessionAddress;
      readonly generation: string;
      readonly error: ArchiveRefusedError;
    };

export interface RotationProgress {
  readonly done: number;
  readonly total: number;
}

export interface Rotation {
  readonly rewrapped: number;
  /** Already wrapped by the first key: of an earlier run, or sealed meanwhile. */
  readonly current: number;
  /** Replaced or forgotten by others while we were at them. */
  readonly moved: number;
  readonly refused: readonly Extract<Listed, { kind: 'refused' }>[];
}

/** Every generation of everybody, newest first of each. Reads headers only. */
export async function* listArchives(store: ArchiveStore): AsyncGenerator<Listed, void, undefined> {
  for await (const address of store.addresses()) {
    for (const generation of await store.generations(address)) {
      const bytes = await store.header(address, generation);
      if (bytes !== null) yield listed(address, generation, bytes);
    }
  }
}

/**
 * Wraps every data key with the first master key; no archive is unpacked. Can be ended at any moment and run again, on
 * several nodes at once too: what is done is skipped. One archive that does not open stops nobody else's.
 */
export async function rotate(
  store: ArchiveStore,
  ring: KeyRing,
  onProgress: (progress: RotationProgress) => void,
  signal?: AbortSignal,
): Promise<Rotation> {
  const all: Listed[] = [];
  for await (const found of listArchives(store)) all.push(found);
  const counts = { rewrapped: 0, current: 0, moved: 0 };
  const refused: Extract<Listed, { kind: 'refused' }>[] = [];
  for (const [index, { address, generation }] of all.entries()) {
    signal?.throwIfAborted();
    try {
      counts[await rewrapOne(store, ring, address, generation)] += 1;
    } catch (error) {
      if (!(error instanceof ArchiveRefusedError)) throw error;
      refused.push({ kind: 'refused', address, generation, error });
    }
    onProgress({ done: index + 1, total: all.length });
  }
  return { ...counts, refused };
}

async function rewrapOne(
  store: ArchiveStore,
  ring: KeyRing,
  address: SessionAddress,
  generation: string,
): Promise<'rewrapped' | 'current' | 'moved'> {
  const header = await store.header(address, generation);
  if (header === null) return 'moved';
  const next = await ring.rewrap(header);
  if (next === null) return 'current';
  return (await store.replaceHeader(address, generation, header, next)) ? 'rewrapped' : 'moved';
}

function listed(address: SessionAddress, generation: string, bytes: Buffer): Listed {
  try {
    return { kind: 'archive', address, generation, header: decodeHeader(bytes) };
  } catch (error) {
    if (!(error instanceof ArchiveRefusedError)) throw error;
    return { kind: 'refused', address, generation, error };
  }
}
