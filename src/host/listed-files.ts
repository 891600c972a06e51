import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { CredentialFiles } from '../domain/credentials.ts';
import { unlessGone } from './missing-file.ts';

/** The files that carry credentials, from `directory`, in the order of copying. What goes meanwhile is left out. */
export async function listFiles(directory: string, files: CredentialFiles): Promise<string[]> {
  const listings = await Promise.all(files.directories.map((path) => filesBelow(directory, path, files)));
  return listings.flat().sort((one, other) => files.copyRank(one) - files.copyRank(other) || (one < other ? -1 : 1));
}

/** A digest of the names, sizes and times of the files that carry credentials; empty when there is none. */
export async function fingerprintFiles(directory: string, files: CredentialFiles): Promise<string> {
  const listed = await listFiles(directory, files);
  if (listed.length === 0) return '';
  const described = await Promise.all(listed.map((file) => sizeAndTime(directory, file)));
  return createHash('sha256').update(described.join('\n')).digest('hex');
}

/** A file's name with its size and time of change. */
export async function sizeAndTime(directory: string, file: string): Promise<string> {
  const found = await unlessGone(stat(join(directory, file)));
  return found === null ? `${file} gone` : `${file} ${found.size} ${found.mtimeMs}`;
}

/** One directory after the other: what goes away meanwhile takes only itself out of the list. */
async function filesBelow(directory: string, path: string, files: CredentialFiles): Promise<string[]> {
  const entries = (await unlessGone(readdir(join(directory, path), { withFileTypes: true }))) ?? [];
  const nested = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => filesBelow(directory, `${path}/${entry.name}`, files)),
  );
  const found = entries
    .filter((entry) => entry.isFile() && files.carriesData(entry.name))
    .map((entry) => `${path}/${entry.name}`);
  return [...found, ...nested.flat()];
}
