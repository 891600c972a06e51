import { isDeepStrictEqual } from 'node:util';

import { FencedError } from '../domain/errors.ts';
import type { SessionAddress } from '../domain/session.ts';
import { decodeHeader } from '../vault/archive-header.ts';
import { parseGeneration } from '../vault/archive-store.ts';
import type { HeaderFacts } from '../vault/key-ring.ts';
import { ImportRefusedError } from './errors.ts';
import { ArchiveGoneError, decodeEntries, type ArchiveEntry, type SessionRecord } from './export-file/entries.ts';
import { openExport, type OpenedExport } from './export-file/file.ts';
import { checkImport, type ImportPlan } from './import-check.ts';
import { writeRecord } from './import-record.ts';
import type { Output } from './output.ts';
import type { Place } from './storage.ts';
import { counted } from './wording.ts';

/**
 * Brings an exported fleet back. All of the file is read and opened before anything is written; then, session by
 * session, the archives first and the record in one step after them, so that a session which a node takes up at once
 * finds its login. What was brought back before is passed over, so a run that was ended is simply repeated. Resolves
 * with whether everything is here now. Rejects with a `VaultToolError`; of an {@link ImportRefusedError} nothing was
 * written.
 */
export async function importFleet(
  place: Place,
  output: Output,
  { file, mode }: { readonly file: string; readonly mode: 'all' | 'partial' },
  signal: AbortSignal,
): Promise<'well' | 'faults'> {
  const opened = await openExport(file, place.encryptionKeys());
  try {
    output.err(
      `An export of ${opened.facts.exportedAt} with ${counted(opened.facts.sessions, 'session')} and ${counted(opened.facts.archives, 'archive')}.`,
    );
    const plan = await checkImport(place, opened, output, signal);
    const reasons = [...plan.conflicts, ...plan.refused];
    if (reasons.length > 0 && mode === 'all') throw new ImportRefusedError(reasons);
    for (const reason of reasons) output.out(`Left out: ${reason}`);
    const isWhole = await write(place, opened, plan, output, signal);
    return isWhole && reasons.length === 0 ? 'well' : 'faults';
  } finally {
    await opened.close();
  }
}

async function write(
  place: Place,
  { facts, content }: OpenedExport,
  plan: ImportPlan,
  output: Output,
  signal: AbortSignal,
): Promise<boolean> {
  const count = { imported: 0, archives: 0, present: 0, done: 0, late: 0 };
  let current: {
    readonly address: SessionAddress;
    readonly record: SessionRecord | null;
    readonly isLeftOut: boolean;
  } | null = null;
  for await (const entry of decodeEntries(content())) {
    signal.throwIfAborted();
    if (entry.kind === 'session') {
      const address = { userId: entry.userId, id: entry.id };
      current = { address, record: entry.record, isLeftOut: plan.isLeftOut(address) };
    } else if (entry.kind === 'archive') {
      if (current === null || current.isLeftOut || plan.isRefused(current.address, entry.generation)) continue;
      const outcome = await putArchive(place, current.address, entry, signal);
      if (outcome === 'kept') count.archives += 1;
      if (outcome === 'same') count.present += 1;
      if (outcome === 'older')
        output.err(`${current.address.userId} ${current.address.id} keeps a newer archive than ${entry.generation}.`);
      if (outcome === 'forgotten') {
        count.late += 1;
        output.out(
          `Left out: ${current.address.userId} ${current.address.id} (${entry.generation}) was given up here after the export.`,
        );
      }
    } else {
      if (current !== null && !current.isLeftOut && current.record !== null) {
        const placing = await writeRecord(place, current.address, current.record);
        if (placing === 'written') count.imported += 1;
        else if (placing === 'same') count.present += 1;
        else {
          count.late += 1;
          output.out(`Left out: ${current.address.userId} ${current.address.id} has moved here in the meantime.`);
        }
      }
      count.done += 1;
      output.progress('Sessions imported:', count.done, facts.sessions);
    }
  }
  output.err(
    `${counted(count.imported, 'session')} and ${counted(count.archives, 'archive')} imported${count.present > 0 ? `; ${count.present} of both were there already` : ''}.`,
  );
  return count.late === 0;
}

async function putArchive(
  { archives }: Place,
  address: SessionAddress,
  { generation, header, body }: ArchiveEntry,
  signal: AbortSignal,
): Promise<'kept' | 'same' | 'gone' | 'older' | 'forgotten'> {
  const here = await archives.header(address, generation);
  if (here !== null && isSameArchive(here, header)) return 'same';
  try {
    await archives.put(
      { address, generation, epoch: parseGeneration(generation)?.epoch ?? 0, body, header: async () => header },
      signal,
    );
    return 'kept';
  } catch (error) {
    if (error instanceof ArchiveGoneError) return 'gone';
    if (error instanceof FencedError)
      return (await archives.generations(address)).some((kept) => kept > generation) ? 'older' : 'forgotten';
    throw error;
  }
}

function factsOf(header: Buffer): HeaderFacts {
  const { kid: _, key: __, ...facts } = decodeHeader(header);
  return facts;
}

/** The same but for the key it is wrapped with: one of them may have been rotated. */
function isSameArchive(here: Buffer, there: Buffer): boolean {
  try {
    return isDeepStrictEqual(factsOf(here), factsOf(there));
  } catch {
    return false;
  }
}
