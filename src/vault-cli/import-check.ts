import { sessionKey, type SessionAddress } from '../domain/session.ts';
import { readSessionHash } from '../store/session-hash.ts';
import { parseGeneration } from '../vault/archive-store.ts';
import { ArchiveRefusedError } from '../vault/errors.ts';
import type { KeyRing } from '../vault/key-ring.ts';
import { openBody, openHeader } from '../vault/open.ts';
import { ExportCorruptError } from './errors.ts';
import { ArchiveGoneError, decodeEntries, type ArchiveEntry, type FleetEntry } from './export-file/entries.ts';
import type { OpenedExport } from './export-file/file.ts';
import { lookForPlace, type Placing } from './import-record.ts';
import type { Output } from './output.ts';
import type { Place } from './storage.ts';

/** What reading a whole export has shown, before anything of it is written. */
export interface ImportPlan {
  /** Of sessions here that must stay as they are, one line each. */
  readonly conflicts: readonly string[];
  /** Of archives in the file that do not open, one line each. */
  readonly refused: readonly string[];
  isLeftOut(address: SessionAddress): boolean;
  isRefused(address: SessionAddress, generation: string): boolean;
}

const WHY: Readonly<Record<Exclude<Placing, 'free' | 'written' | 'same'>, string>> = {
  runs: 'runs here, or is to run: stop it first',
  deleting: 'is being deleted here: wait until it is gone',
  newer: 'is newer here than in the file',
};

/**
 * Reads all of an export to its end and opens every archive in it with our keys; looks which sessions here stand in the
 * way. Writes nothing. Rejects with {@link ExportCorruptError} where the file is not what was exported.
 */
export async function checkImport(
  place: Place,
  { facts, content }: OpenedExport,
  output: Output,
  signal: AbortSignal,
): Promise<ImportPlan> {
  const ring = place.ring();
  const [conflicts, refused] = [new Map<string, string>(), new Map<string, string>()];
  let [sessions, address] = [0, null as SessionAddress | null];
  for await (const entry of decodeEntries(content())) {
    signal.throwIfAborted();
    if (entry.kind === 'session') {
      address = { userId: entry.userId, id: entry.id };
      requireOwnRecord(entry);
      const placing = await lookForPlace(place, address, entry.record);
      const isFree =
        placing === 'free' ||
        placing === 'written' ||
        placing === 'same' ||
        (entry.record === null && placing === 'newer');
      if (!isFree) conflicts.set(sessionKey(address), `${address.userId} ${address.id} ${WHY[placing]}.`);
    } else if (entry.kind === 'archive') {
      if (address === null || parseGeneration(entry.generation) === null)
        throw new ExportCorruptError('an archive of nobody');
      const fault = await faultOf(entry, address, ring);
      if (fault !== null)
        refused.set(
          nameOf(address, entry.generation),
          `${address.userId} ${address.id} (${entry.generation}) does not open: ${fault.code}: ${fault.message}`,
        );
    } else {
      sessions += 1;
      address = null;
      output.progress('Sessions checked:', sessions, facts.sessions);
    }
  }
  if (sessions !== facts.sessions)
    throw new ExportCorruptError(`${sessions} of its ${facts.sessions} sessions are there`);
  return {
    conflicts: [...conflicts.values()],
    refused: [...refused.values()],
    isLeftOut: (one) => conflicts.has(sessionKey(one)),
    isRefused: (one, generation) => refused.has(nameOf(one, generation)),
  };
}

async function faultOf(
  entry: ArchiveEntry,
  address: SessionAddress,
  ring: KeyRing,
): Promise<ArchiveRefusedError | null> {
  try {
    const opened = await openHeader(entry.header, { ring, address, minEpoch: 0 });
    for await (const chunk of openBody(opened, entry.body)) void chunk;
    return null;
  } catch (error) {
    if (error instanceof ArchiveRefusedError) return error;
    if (error instanceof ArchiveGoneError) return null;
    throw error;
  }
}

function requireOwnRecord({ userId, id, record }: Extract<FleetEntry, { kind: 'session' }>): void {
  if (record === null) return;
  try {
    const { session } = readSessionHash(record.fields);
    if (session.userId === userId && session.id === id) return;
  } catch (error) {
    throw new ExportCorruptError(`the record of ${userId} ${id} cannot be read, or is of another version`, error);
  }
  throw new ExportCorruptError(`the record of ${userId} ${id} is somebody else's`);
}

function nameOf(address: SessionAddress, generation: string): string {
  return `${sessionKey(address)} ${generation}`;
}
