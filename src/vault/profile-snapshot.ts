import { createHash } from 'node:crypto';
import { copyFile, constants, link, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { isGone, unlessGone } from './durable-file.ts';
import { NothingToSealError, ProfileBusyError } from './errors.ts';
import { carriesData, copyRank, isWrittenOnce, CREDENTIAL_FILES } from './profile-files.ts';

/** On a busy machine eight in a row were seen to be overtaken by a browser that wrote without a pause. */
const ATTEMPTS = 32;
/** Inside the profile, so that erasing it takes a copy along that a crash has left. */
const PREFIX = '.sealing-';

/** A copy of a profile's login at one moment. */
export interface ProfileSnapshot {
  readonly directory: string;
  remove(): Promise<void>;
}

/**
 * Copies what carries the login, while its browser may be running and writing. Each database is as it was at one
 * moment: LevelDB never changes a table, and only appends to its log, of which a torn last record is dropped on
 * opening; when files came or went meanwhile the copy is made again. Costs next to no disk: tables are linked. Rejects
 * with {@link NothingToSealError} or {@link ProfileBusyError}.
 */
export async function snapshotProfile(profileDir: string, signal?: AbortSignal): Promise<ProfileSnapshot> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    signal?.throwIfAborted();
    const before = await describe(profileDir);
    if (before.files.length === 0) throw new NothingToSealError();
    const directory = await mkdtemp(join(profileDir, PREFIX));
    const remove = () => rm(directory, { recursive: true, force: true, maxRetries: 3 });
    try {
      if (
        (await copied(profileDir, directory, before.files)) &&
        (await describe(profileDir)).fingerprint === before.fingerprint
      )
        return { directory, remove };
    } catch (error) {
      await remove();
      throw error;
    }
    await remove();
  }
  throw new ProfileBusyError(ATTEMPTS);
}

/**
 * Changes with whatever a sealing of this profile would hold: the same twice means that there is nothing new to seal.
 * Empty without a login.
 */
export async function fingerprintCredentials(profileDir: string): Promise<string> {
  const { files } = await describe(profileDir);
  if (files.length === 0) return '';
  const marks = await Promise.all(files.map((file) => sizeAndTime(profileDir, file)));
  return createHash('sha256').update(marks.join('\n')).digest('hex');
}

/** Removes copies that a process which is no more has left in a profile. Call while nobody seals it. */
export async function removeLeftSnapshots(profileDir: string): Promise<void> {
  const names = (await unlessGone(readdir(profileDir))) ?? [];
  const left = names.filter((name) => name.startsWith(PREFIX));
  await Promise.all(left.map((name) => rm(join(profileDir, name), { recursive: true, force: true, maxRetries: 3 })));
}

interface Description {
  /** From the profile's directory, in the order of copying. */
  readonly files: readonly string[];
  /** Changes whenever a database was reorganised; not when only its log has grown. */
  readonly fingerprint: string;
}

async function describe(profileDir: string): Promise<Description> {
  const listings = await Promise.all(CREDENTIAL_FILES.map(({ path }) => filesBelow(profileDir, path)));
  const files = listings.flat().sort((one, other) => copyRank(one) - copyRank(other) || (one < other ? -1 : 1));
  const marks = await Promise.all(files.map((file) => markOf(profileDir, file)));
  return { files, fingerprint: marks.join('\n') };
}

/** One directory after the other: what goes away meanwhile takes only itself out of the list. */
async function filesBelow(profileDir: string, path: string): Promise<string[]> {
  const entries = (await unlessGone(readdir(join(profileDir, path), { withFileTypes: true }))) ?? [];
  const nested = await Promise.all(
    entries.filter((entry) => entry.isDirectory()).map((entry) => filesBelow(profileDir, `${path}/${entry.name}`)),
  );
  const files = entries
    .filter((entry) => entry.isFile() && carriesData(entry.name))
    .map((entry) => `${path}/${entry.name}`);
  return [...files, ...nested.flat()];
}

async function markOf(profileDir: string, file: string): Promise<string> {
  const path = join(profileDir, file);
  if (file.endsWith('/CURRENT')) return `${file} ${(await unlessGone(readFile(path, 'latin1'))) ?? ''}`;
  if (file.endsWith('.log')) return file;
  return sizeAndTime(profileDir, file);
}

async function sizeAndTime(profileDir: string, file: string): Promise<string> {
  const found = await unlessGone(stat(join(profileDir, file)));
  return found === null ? `${file} gone` : `${file} ${found.size} ${found.mtimeMs}`;
}

/** Whether all of these were still there to be copied. */
async function copied(profileDir: string, directory: string, files: readonly string[]): Promise<boolean> {
  for (const file of files) {
    const from = join(profileDir, file);
    const to = join(directory, file);
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    if ((await unlessGone(isWrittenOnce(file) ? hold(from, to) : copyFile(from, to).then(() => true))) === null)
      return false;
  }
  return true;
}

async function hold(from: string, to: string): Promise<true> {
  try {
    await link(from, to);
  } catch (error) {
    if (isGone(error)) throw error;
    // A file system without hard links.
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  }
  return true;
}
