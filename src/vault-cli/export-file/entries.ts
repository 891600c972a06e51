import { z } from 'zod';

import { sessionIdSchema, userIdSchema } from '../../domain/session.ts';
import { ExportCorruptError } from '../errors.ts';
import { decodeBlocks, encodeBytes, encodeJson, type Block } from './blocks.ts';

const recordSchema = z.strictObject({
  /** The session's hash, as Redis has it. */
  fields: z.record(z.string(), z.string()),
  /** Its transitions, oldest first: an entry's id and its fields, one after the other. */
  history: z.array(z.tuple([z.string(), z.array(z.string())])),
  /** Last activity, in ms since 1970; `null` when it does not count as running. */
  activeAt: z.number().nullable(),
});
/** All that Redis keeps of one session. */
export type SessionRecord = z.infer<typeof recordSchema>;

const entrySchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('session'),
    userId: userIdSchema,
    id: sessionIdSchema,
    record: recordSchema.nullable(),
  }),
  z.strictObject({ kind: z.literal('archive'), generation: z.string(), header: z.base64() }),
  /** `gone`: others replaced or removed the archive while it was read. What was written of it is to be passed over. */
  z.strictObject({ kind: z.literal('archive_end'), outcome: z.enum(['whole', 'gone']) }),
  z.strictObject({ kind: z.literal('session_end') }),
]);
type Entry = z.infer<typeof entrySchema>;

/** An archive of the session before it, the oldest first. */
export interface ArchiveEntry {
  readonly kind: 'archive';
  readonly generation: string;
  readonly header: Buffer;
  /**
   * Ends with {@link ArchiveGoneError} where it was gone before it was whole. What is not read of it is passed over.
   */
  readonly body: AsyncIterable<Uint8Array>;
}
export type FleetEntry = Extract<Entry, { kind: 'session' | 'session_end' }> | ArchiveEntry;

/** While the export was made, this archive went: there are others. */
export class ArchiveGoneError extends Error {}

/** What is exported, as bytes. A session's archives come between it and its end. */
export function encodeEntry(entry: Extract<Entry, { kind: 'session' | 'session_end' }>): Buffer {
  return encodeJson(entry);
}

/** An archive as bytes. `isWhole` is asked at the end of its body. */
export async function* encodeArchive(
  { generation, header, body }: ArchiveEntry,
  isWhole: () => boolean,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield encodeJson({ kind: 'archive', generation, header: header.toString('base64') } satisfies Entry);
  for await (const chunk of body) yield* encodeBytes(chunk);
  yield encodeJson({ kind: 'archive_end', outcome: isWhole() ? 'whole' : 'gone' } satisfies Entry);
}

/**
 * The entries of an export, one by one: each is to be done with before the next is asked for. Throws {@link
 * ExportCorruptError}.
 */
export async function* decodeEntries(stream: AsyncIterable<Uint8Array>): AsyncGenerator<FleetEntry, void, undefined> {
  const blocks = decodeBlocks(stream);
  for await (const block of iterate(blocks)) {
    const entry = entryOf(block);
    if (entry.kind === 'archive_end') throw new ExportCorruptError('the end of an archive that never began');
    if (entry.kind !== 'archive') {
      yield entry;
      continue;
    }
    const reading = { isOver: false };
    yield {
      kind: 'archive',
      generation: entry.generation,
      header: Buffer.from(entry.header, 'base64'),
      body: bodyOf(blocks, reading),
    };
    if (!reading.isOver) await passOver(bodyOf(blocks, reading));
  }
}

async function* bodyOf(
  blocks: AsyncGenerator<Block, void, undefined>,
  reading: { isOver: boolean },
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const block of iterate(blocks)) {
    if (block.kind === 'json') {
      const entry = entryOf(block);
      if (entry.kind !== 'archive_end') throw new ExportCorruptError('an archive without an end');
      reading.isOver = true;
      if (entry.outcome === 'gone') throw new ArchiveGoneError('The archive was replaced while it was exported.');
      return;
    }
    yield block.bytes;
  }
  throw new ExportCorruptError('it ends within an archive');
}

async function passOver(body: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const rest of body) void rest;
  } catch (error) {
    if (!(error instanceof ArchiveGoneError)) throw error;
  }
}

function entryOf(block: Block): Entry {
  if (block.kind === 'bytes') throw new ExportCorruptError('a piece of no archive');
  const parsed = entrySchema.safeParse(block.value);
  if (!parsed.success) throw new ExportCorruptError('a part of an unknown form', parsed.error);
  return parsed.data;
}

/** The same, without ending it when the loop over it ends. */
function iterate<T>(generator: AsyncGenerator<T, void, undefined>): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => ({ next: () => generator.next() }) };
}
