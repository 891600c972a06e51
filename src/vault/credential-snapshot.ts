import { copyFile, constants, link, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { CredentialFiles, Credentials } from '../domain/credentials.ts';
import { listFiles, sizeAndTime } from '../host/listed-files.ts';
import { isGone, unlessGone } from '../host/missing-file.ts';
import { NothingToSealError, ProfileBusyError } from './errors.ts';

/** On a busy machine eight in a row were seen to be overtaken by a browser that wrote without a pause. */
const ATTEMPTS = 32;
/** Beside the credentials, so that erasing them takes a copy along that a crash has left. */
const PREFIX = '.sealing-';

/** What is copied: where the credentials lie, and which files they are. */
export type SnapshotSource = Pick<Credentials, 'directory' | 'files'>;

/** A copy of credentials at one moment. */
export interface CredentialSnapshot {
  readonly directory: string;
  remove(): Promise<void>;
}

/**
 * Copies credentials while their device may be running and writing. All is as it was at one moment: when files came,
 * went or changed meanwhile, but for those that only grow, the copy is made again. Costs next to no disk: what is
 * written once is linked. Rejects with {@link NothingToSealError} or {@link ProfileBusyError}.
 */
export async function snapshotCredentials(source: SnapshotSource, signal?: AbortSignal): Promise<CredentialSnapshot> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    signal?.throwIfAborted();
    const before = await describe(source);
    if (before.files.length === 0) throw new NothingToSealError();
    const directory = await mkdtemp(join(source.directory, PREFIX));
    const remove = () => rm(directory, { recursive: true, force: true, maxRetries: 3 });
    try {
      if (
        (await copied(source, directory, before.files)) &&
        (await describe(source)).fingerprint === before.fingerprint
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

/** Removes copies that a process which is no more has left beside credentials. Call while nobody seals it. */
export async function removeLeftSnapshots(directory: string): Promise<void> {
  const names = (await unlessGone(readdir(directory))) ?? [];
  const left = names.filter((name) => name.startsWith(PREFIX));
  await Promise.all(left.map((name) => rm(join(directory, name), { recursive: true, force: true, maxRetries: 3 })));
}

interface Description {
  /** Paths from the directory, in the order of copying. */
  readonly files: readonly string[];
  /** Changes with every file but those that only grow. */
  readonly fingerprint: string;
}

async function describe({ directory, files }: SnapshotSource): Promise<Description> {
  const listed = await listFiles(directory, files);
  const described = await Promise.all(listed.map((file) => describeFile(directory, file, files.changesBy(file))));
  return { files: listed, fingerprint: described.join('\n') };
}

async function describeFile(
  directory: string,
  file: string,
  changesBy: ReturnType<CredentialFiles['changesBy']>,
): Promise<string> {
  if (changesBy === 'grows') return file;
  if (changesBy === 'size_and_time') return sizeAndTime(directory, file);
  return `${file} ${(await unlessGone(readFile(join(directory, file), 'latin1'))) ?? ''}`;
}

/** Whether all of these were still there to be copied. */
async function copied(
  { directory: source, files: kind }: SnapshotSource,
  directory: string,
  files: readonly string[],
): Promise<boolean> {
  for (const file of files) {
    const from = join(source, file);
    const to = join(directory, file);
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    if ((await unlessGone(kind.isWrittenOnce(file) ? hold(from, to) : copyFile(from, to).then(() => true))) === null)
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
