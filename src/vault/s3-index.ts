import { z } from 'zod';

import { FencedError } from '../domain/errors.ts';
import { sessionKey, type SessionAddress } from '../domain/session.ts';
import { FORGOTTEN_FOR_MS, newerEpoch } from './archive-store.ts';
import { CorruptArchiveError } from './errors.ts';

const entrySchema = z.strictObject({
  header: z.base64(),
  /** Folder of its parts. */
  body: z.string(),
  parts: z.int().nonnegative(),
});

const indexSchema = z.strictObject({
  generations: z.record(z.string(), entrySchema),
  /** `at`: milliseconds since 1970. */
  forgotten: z.strictObject({ upTo: z.int(), at: z.number() }).nullable(),
});

export type IndexEntry = z.infer<typeof entrySchema>;
/** What is kept of one session: small, in one object, so that every change of it is one conditional write. */
export type ArchiveIndex = z.infer<typeof indexSchema>;

export const EMPTY_INDEX: ArchiveIndex = { generations: {}, forgotten: null };

export function encodeIndex(index: ArchiveIndex): Buffer {
  return Buffer.from(JSON.stringify(index));
}

/** The inverse. Throws {@link CorruptArchiveError}. */
export function decodeIndex(bytes: Buffer): ArchiveIndex {
  try {
    return indexSchema.parse(JSON.parse(bytes.toString()));
  } catch (error) {
    throw new CorruptArchiveError('the list of archives is not as it was written', error);
  }
}

/** Throws {@link FencedError} where a newer epoch is kept, or this one was forgotten within a day. */
export function refuseOld(
  { generations, forgotten }: ArchiveIndex,
  address: SessionAddress,
  epoch: number,
  now: number,
): void {
  const isForgotten = forgotten !== null && epoch <= forgotten.upTo && now - forgotten.at <= FORGOTTEN_FOR_MS;
  if (isForgotten || newerEpoch(Object.keys(generations), epoch) !== null)
    throw new FencedError(sessionKey(address), epoch);
}
