import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** As it lies in the file, where a build of any age may have written it. */
const fileSchema = z.object({
  /** `sessionKey()` of the session; the directory's name does not tell it. */
  key: z.string(),
  /** Of the owner that opened it last. */
  epoch: z.int().nonnegative(),
  /** The archive that it came from, until it has been ready since. */
  restoredFrom: z.string().nullable(),
  /** Launches in a row that came to nothing. */
  failedBoots: z.int().nonnegative(),
  /** `refused`: a browser opened it, and WhatsApp Web asked for a scan. */
  login: z.enum(['unknown', 'held', 'refused']),
  /** Version of the program that opened it last; `null` where none is known. */
  writtenBy: z.string().nullable().default(null),
  /** From when on it has seen everything (ms since 1970); `null`: nobody knows. An archive that it came from is older. */
  since: z.number().nullable().default(null),
});

/** What is known of a live profile, kept in it. */
export interface ProfileManifest extends Omit<z.infer<typeof fileSchema>, 'login'> {
  readonly credentials: z.infer<typeof fileSchema>['login'];
}

/** Of a profile without a manifest: nobody knows whose it was last, and what lies here is not given up on a maybe. */
export const NO_MANIFEST: ProfileManifest = {
  key: '',
  epoch: Number.MAX_SAFE_INTEGER,
  restoredFrom: null,
  failedBoots: 0,
  credentials: 'unknown',
  writtenBy: null,
  since: null,
};

/**
 * Of a profile that a browser is about to open. `live`: what was known of it; `null`: it is empty or comes from an
 * archive, so that it has seen nothing since that was sealed.
 */
export function openedManifest(
  live: ProfileManifest | null,
  facts: Pick<ProfileManifest, 'key' | 'epoch' | 'restoredFrom' | 'writtenBy'>,
  now: number,
): ProfileManifest {
  const { failedBoots, credentials, since } = live ?? { ...NO_MANIFEST, since: now };
  return { ...facts, failedBoots, credentials, since };
}

const fileIn = (profileDir: string) => join(profileDir, '.custody.json');

/** The manifest of a profile; {@link NO_MANIFEST} when it has none that can be read. */
export async function readManifest(profileDir: string): Promise<ProfileManifest> {
  try {
    const { login: credentials, ...rest } = fileSchema.parse(JSON.parse(await readFile(fileIn(profileDir), 'utf8')));
    return { ...rest, credentials };
  } catch {
    return NO_MANIFEST;
  }
}

/** Replaces the manifest of a profile that exists. */
export async function writeManifest(profileDir: string, manifest: ProfileManifest): Promise<void> {
  const { credentials: login, ...rest } = manifest;
  const content: z.infer<typeof fileSchema> = { ...rest, login };
  const beside = `${fileIn(profileDir)}.new`;
  await writeFile(beside, JSON.stringify(content), { mode: 0o600 });
  await rename(beside, fileIn(profileDir));
}
