import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, statfsSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';

import { TMPFS } from './disk-usage.ts';

/** Where live profiles lie. A disk keeps what was deleted until it is written over; memory forgets it. */
export type ProfileRoot =
  | { readonly kind: 'memory'; readonly directory: string }
  | { readonly kind: 'disk'; readonly directory: string; readonly why: string };

interface PlacingOptions {
  readonly dataDir: string;
  /** How many sessions run here at once. */
  readonly capacity: number;
  /** Directories that may be in memory, the best first. */
  readonly candidates: readonly string[];
}

const MIB = 2 ** 20;
/** A profile in use, with its caches. */
const PROFILE_BYTES = 100 * MIB;
const LEAST_BYTES = 512 * MIB;

/** Memory that Linux lets every process use for files: shared by all, and the user's own. */
export function memoryDirectories(env: NodeJS.ProcessEnv): string[] {
  return [env['XDG_RUNTIME_DIR'] ?? '', '/dev/shm'].filter((path) => path !== '');
}

/**
 * A directory of our own in memory, with room for every session; else below `dataDir`, or where a profile lies there
 * that was never sealed. It is made here, for its owner alone.
 */
export function chooseProfileRoot({ dataDir, capacity, candidates }: PlacingOptions): ProfileRoot {
  const directory = join(dataDir, 'profiles');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (readdirSync(directory).length > 0) return { kind: 'disk', directory, why: 'profiles lie there already' };
  const needed = Math.max(LEAST_BYTES, capacity * PROFILE_BYTES);
  const refused: string[] = [];
  // Two services on one machine have two data directories.
  const name = `whatsapp-profiles-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`;
  for (const candidate of candidates) {
    const fault = faultOf(candidate, needed) ?? occupy(join(candidate, name));
    if (fault === null) return { kind: 'memory', directory: join(candidate, name) };
    refused.push(`${candidate} ${fault}`);
  }
  return { kind: 'disk', directory, why: refused.length === 0 ? 'no place in memory is known' : refused.join('; ') };
}

interface PlacedProfiles {
  readonly directory: string;
  /** Removes the directory where it is of our own making; while it holds a profile it stays. Never rejects. */
  remove(): Promise<void>;
}

interface PlaceProfilesOptions {
  /** Where it was asked for; `null`: to be chosen. */
  readonly given: string | null;
  /** Whether what lies there is secret, and belongs in memory. */
  readonly isSecret: boolean;
  readonly dataDir: string;
  readonly capacity: number;
  readonly env: NodeJS.ProcessEnv;
  readonly log: { warn(fields: object, message: string): void };
}

/** The directory of live profiles. A line of the log says where secret ones had to lie on a disk. */
export function placeProfiles(options: PlaceProfilesOptions): PlacedProfiles {
  const { given, dataDir } = options;
  if (given !== null) return { directory: given, remove: async () => undefined };
  const directory = options.isSecret ? placeSecrets(options) : join(dataDir, 'profiles');
  return { directory, remove: () => rmdir(directory).catch(() => undefined) };
}

function placeSecrets({ dataDir, capacity, env, log }: PlaceProfilesOptions): string {
  const place = chooseProfileRoot({ dataDir, capacity, candidates: memoryDirectories(env) });
  if (place.kind === 'disk')
    log.warn(
      { directory: place.directory, why: place.why },
      'live profiles lie on a disk, where what is deleted can be read until it is written over',
    );
  return place.directory;
}

function faultOf(path: string, needed: number): string | null {
  try {
    const { type, bavail, bsize } = statfsSync(path);
    if (type !== TMPFS) return 'is not in memory';
    const free = bavail * bsize;
    return free < needed ? `has ${Math.floor(free / MIB)} of ${Math.ceil(needed / MIB)} MB free` : null;
  } catch {
    return 'is not there';
  }
}

/** Makes the directory, or takes the one that is there if it is ours alone: others may write beside it. */
function occupy(directory: string): string | null {
  try {
    mkdirSync(directory, { mode: 0o700 });
    return null;
  } catch {
    try {
      const found = lstatSync(directory);
      const isOurs = found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0;
      return isOurs ? null : 'holds something of this name that is not ours alone';
    } catch {
      return 'lets nobody write';
    }
  }
}
