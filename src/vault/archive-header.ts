import { createHash } from 'node:crypto';
import { z } from 'zod';

import { engineSchema, type Engine } from '../domain/driver-traits.ts';
import { sessionIdSchema, userIdSchema } from '../domain/session.ts';
import { CorruptArchiveError, NotAnArchiveError, TruncatedArchiveError } from './errors.ts';

const MAGIC = Buffer.from('wa-sealed-1\n');
const CHECKSUM_LENGTH = 64;
const TAIL_LENGTH = CHECKSUM_LENGTH + 2;

const headerSchema = z.strictObject({
  /** Name of the master key that wraps the data key. */
  kid: z.string().min(1),
  /** The data key, sealed with the master key: base64. */
  key: z.base64().min(1),
  userId: userIdSchema,
  id: sessionIdSchema,
  epoch: z.int().nonnegative(),
  /** Length of the sealed body. */
  bytes: z.int().nonnegative(),
  sealedAt: z.iso.datetime(),
  /** What the credentials are for. Archives sealed before there were engines have none: see {@link engineOf}. */
  engine: engineSchema.optional(),
  /** Version of the program that wrote them. Archives sealed before it was noted, or where none is known, have none. */
  writtenBy: z.string().optional(),
});

/**
 * What stands in clear in front of a sealed body. All but `kid` and `key` is bound to the key, so a header cannot be
 * edited.
 */
export type ArchiveHeader = z.infer<typeof headerSchema>;

/** What the credentials in an archive are for. Before headers named it, real sessions had one engine: the browser. */
export function engineOf({ engine = 'browser' }: Pick<ArchiveHeader, 'engine'>): Engine {
  return engine;
}

/**
 * A header as bytes: a magic line, JSON, and its SHA-256. The sum keeps nobody from forging; it tells damage from a
 * wrong key, which authenticated encryption alone does not.
 */
export function encodeHeader(header: ArchiveHeader): Buffer {
  const json = JSON.stringify(header);
  return Buffer.concat([MAGIC, Buffer.from(`${json}\n${checksum(json)}\n`)]);
}

/** The inverse. Throws {@link NotAnArchiveError}, {@link TruncatedArchiveError} or {@link CorruptArchiveError}. */
export function decodeHeader(bytes: Buffer): ArchiveHeader {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    if (bytes.length < MAGIC.length && MAGIC.subarray(0, bytes.length).equals(bytes))
      throw new TruncatedArchiveError(bytes.length, MAGIC.length);
    throw new NotAnArchiveError(`the header's ${bytes.length} bytes begin otherwise`);
  }
  const text = bytes.subarray(MAGIC.length).toString('latin1');
  if (text.length < TAIL_LENGTH || !text.endsWith('\n'))
    throw new TruncatedArchiveError(bytes.length, MAGIC.length + TAIL_LENGTH);
  const json = bytes.subarray(MAGIC.length, -TAIL_LENGTH).toString();
  if (text.slice(-TAIL_LENGTH) !== `\n${checksum(json)}\n`)
    throw new CorruptArchiveError('the header does not match its checksum');
  try {
    return headerSchema.parse(JSON.parse(json));
  } catch (error) {
    throw new NotAnArchiveError('the header is of another version', error);
  }
}

function checksum(json: string): string {
  return createHash('sha256').update(json).digest('hex');
}
