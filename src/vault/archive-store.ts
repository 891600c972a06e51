import type { SessionAddress } from '../domain/session.ts';

/**
 * What is stored of one archive: a body, and a header of at most a few KiB that is written last and may be replaced.
 */
export interface NewArchive {
  readonly address: SessionAddress;
  readonly generation: string;
  /** The generation's epoch: a store refuses it where a newer one is kept. */
  readonly epoch: number;
  readonly body: AsyncIterable<Uint8Array>;
  /** Asked once the whole body is written. */
  readonly header: (bytes: number) => Promise<Buffer>;
}

/**
 * Where sealed archives lie. A store knows nothing of keys and trusts nobody to be done: whatever moment a writer dies
 * at, either the new generation is there whole or there is no trace of it in `generations`. The adapters pass one
 * contract suite.
 */
export interface ArchiveStore {
  readonly name: 'redis' | 'directory' | 's3' | 'tiered';
  /**
   * Keeps one more generation; those before it stay. Rejects with `FencedError` where one of a newer epoch is kept or
   * this epoch was forgotten, with `ArchiveTooLargeError`, and with what the body or the header threw; then nothing is
   * kept.
   */
  put(archive: NewArchive, signal?: AbortSignal): Promise<void>;
  /** Names of what is kept of this session, newest first. */
  generations(address: SessionAddress): Promise<string[]>;
  /** `null` when this generation is not, or no more, kept. */
  header(address: SessionAddress, generation: string): Promise<Buffer | null>;
  /** Ends early where the body is gone or cut: its header says how long it is. */
  body(address: SessionAddress, generation: string): AsyncIterable<Uint8Array>;
  /** Puts `next` in the place of a header; `false`, and nothing done, when `expected` is not what is kept. */
  replaceHeader(address: SessionAddress, generation: string, expected: Buffer, next: Buffer): Promise<boolean>;
  /** Removes one generation, its body first. A missing one is fine. */
  remove(address: SessionAddress, generation: string): Promise<void>;
  /**
   * Removes everything of a session up to this epoch: bodies, then headers with their data keys, then the place. From
   * then on, for {@link FORGOTTEN_FOR_MS}, what a late writer of such an epoch puts is refused in the step that would
   * make it known. Idempotent.
   */
  forget(address: SessionAddress, epoch: number): Promise<void>;
  /** Everybody of whom something is kept. */
  addresses(): AsyncIterable<SessionAddress>;
}

/** No writer is late by more than a day. */
export const FORGOTTEN_FOR_MS = 86_400_000;

const EPOCH_DIGITS = 16;
const SEQUENCE_DIGITS = 8;
const NAME = /^(?<epoch>\d{16})-(?<sequence>\d{8})$/;

/**
 * The name of the generation after `newest`: names sort as ages do. An old epoch's sorts below all newer ones, so that
 * a late writer never becomes the newest, whatever it wins a race against.
 */
export function nextGeneration(epoch: number, newest: string | undefined): string {
  const last = newest === undefined ? null : parseGeneration(newest);
  const sequence = last?.epoch === epoch ? last.sequence + 1 : 0;
  return `${epochDigits(epoch)}-${String(sequence).padStart(SEQUENCE_DIGITS, '0')}`;
}

/** An epoch as a generation's name begins with it: such strings compare as the numbers do. */
export function epochDigits(epoch: number): string {
  return String(epoch).padStart(EPOCH_DIGITS, '0');
}

/** Epoch and number of a generation; `null` for what is no name of one. */
export function parseGeneration(name: string): { readonly epoch: number; readonly sequence: number } | null {
  const { epoch, sequence } = NAME.exec(name)?.groups ?? {};
  return epoch === undefined || sequence === undefined ? null : { epoch: Number(epoch), sequence: Number(sequence) };
}

/** Newest first, without what is no generation's name. */
export function newestFirst(names: readonly string[]): string[] {
  return names.filter((name) => parseGeneration(name) !== null).sort((one, other) => (one < other ? 1 : -1));
}

/** The epoch that a newer owner has sealed with, when that is not `epoch`'s holder. */
export function newerEpoch(names: readonly string[], epoch: number): number | null {
  const newest = newestFirst(names).at(0);
  const kept = newest === undefined ? null : parseGeneration(newest);
  return kept !== null && kept.epoch > epoch ? kept.epoch : null;
}
