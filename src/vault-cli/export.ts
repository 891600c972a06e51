import type { SessionAddress } from '../domain/session.ts';
import { decodeHeader } from '../vault/archive-header.ts';
import type { ArchiveStore } from '../vault/archive-store.ts';
import { ArchiveRefusedError } from '../vault/errors.ts';
import { encodeArchive, encodeEntry } from './export-file/entries.ts';
import { writeExport } from './export-file/file.ts';
import { fleetAddresses, readRecord } from './fleet-records.ts';
import type { Output } from './output.ts';
import type { Place } from './storage.ts';
import { bytes, counted } from './wording.ts';

/** How often a session's archives are read anew because it has sealed a newer one meanwhile. */
const ATTEMPTS = 5;

interface Tally {
  sessions: number;
  archives: number;
  /** Sessions whose login is on its way out: only what their owner wants is kept. */
  leaving: number;
}

/**
 * Writes records and archives of the whole fleet into one sealed file, session by session, each as it is at that
 * moment. Sessions that are being deleted stay out, and so do the archives of those that are being logged out. Resolves
 * with whether every archive that went along can be read at all.
 */
export async function exportFleet(
  place: Place,
  output: Output,
  file: string,
  signal: AbortSignal,
): Promise<'well' | 'faults'> {
  const [key] = place.encryptionKeys();
  const tally: Tally = { sessions: 0, archives: 0, leaving: 0 };
  const faults: string[] = [];
  const exportedAt = new Date(place.now()).toISOString();
  const content = contentOf(place, { tally, faults, output, signal });
  const facts = () => ({ exportedAt, sessions: tally.sessions, archives: tally.archives });
  const size = await writeExport({ file, key, content, facts, randomBytes: place.randomBytes, signal });
  for (const fault of faults) output.out(fault);
  if (tally.leaving > 0)
    output.err(
      `${counted(tally.leaving, 'session')} ${tally.leaving === 1 ? 'is' : 'are'} being logged out or deleted: no archive of ${tally.leaving === 1 ? 'it' : 'them'} is in the file.`,
    );
  output.err(
    `${counted(tally.sessions, 'session')} with ${counted(tally.archives, 'archive')} in ${file}, ${bytes(size)}, sealed with key "${key.kid}". Without the keys it is worthless: keep them elsewhere.`,
  );
  return faults.length === 0 ? 'well' : 'faults';
}

interface Making {
  readonly tally: Tally;
  readonly faults: string[];
  readonly output: Output;
  readonly signal: AbortSignal;
}

async function* contentOf(
  place: Place,
  { tally, faults, output, signal }: Making,
): AsyncGenerator<Uint8Array, void, undefined> {
  const addresses: SessionAddress[] = [];
  for await (const address of fleetAddresses(place, place.archives)) addresses.push(address);
  for (const [index, address] of addresses.entries()) {
    signal.throwIfAborted();
    const found = await readRecord(place, address);
    const { userId, id } = address;
    if (found.kind !== 'deleting') {
      yield encodeEntry({ kind: 'session', userId, id, record: 'record' in found ? found.record : null });
      if (found.kind !== 'leaving') tally.archives += yield* archivesOfSession(place.archives, address, faults);
      yield encodeEntry({ kind: 'session_end' });
      tally.sessions += 1;
    }
    if (found.kind === 'deleting' || found.kind === 'leaving') tally.leaving += 1;
    output.progress('Sessions exported:', index + 1, addresses.length);
  }
}

/** Oldest first, since a store refuses what is older than what it keeps. Returns how many are whole. */
async function* archivesOfSession(
  store: ArchiveStore,
  address: SessionAddress,
  faults: string[],
): AsyncGenerator<Uint8Array, number, undefined> {
  const written = new Set<string>();
  for (let attempt = 1; ; attempt += 1) {
    let isMoving = false;
    for (const generation of (await store.generations(address)).toReversed()) {
      if (written.has(generation)) continue;
      const header = await store.header(address, generation);
      if (header === null) {
        isMoving = true;
        continue;
      }
      const expected = lengthIn(header);
      const reading = { length: 0 };
      yield* encodeArchive(
        { kind: 'archive', generation, header, body: counting(store.body(address, generation), reading) },
        () => expected === null || reading.length >= expected,
      );
      if (expected !== null && reading.length < expected && (await store.header(address, generation)) === null) {
        isMoving = true;
        continue;
      }
      if (expected === null || reading.length !== expected)
        faults.push(
          `${address.userId} ${address.id} (${generation}) is damaged here already: "npm run vault -- verify" says how.`,
        );
      if (expected === null || reading.length >= expected) written.add(generation);
    }
    if (!isMoving || attempt === ATTEMPTS) return written.size;
  }
}

async function* counting(
  body: AsyncIterable<Uint8Array>,
  reading: { length: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of body) {
    reading.length += chunk.length;
    yield chunk;
  }
}

function lengthIn(header: Buffer): number | null {
  try {
    return decodeHeader(header).bytes;
  } catch (error) {
    if (error instanceof ArchiveRefusedError) return null;
    throw error;
  }
}
