import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { CredentialFiles, Credentials } from '../../domain/credentials.ts';
import { fingerprintFiles } from '../../host/listed-files.ts';
import { phoneNumberSchema } from '../../domain/session.ts';

const credentialsSchema = z.object({
  deviceId: z.string().min(1),
  phoneNumber: phoneNumberSchema,
  displayName: z.string().nullable(),
});

/** A linked device, as it lies in its profile. */
export type SimulatedCredentials = z.infer<typeof credentialsSchema>;

/** Where it lies in archives that were sealed before; a browser's profile has such a directory too. */
const DIRECTORY = 'Default/Local Storage';
const credentialsFile = (profileDir: string) => join(profileDir, DIRECTORY, 'simulated-login.json');

/** One small file, which is replaced as a whole. */
const FILES: CredentialFiles = {
  directories: [DIRECTORY],
  carriesData: () => true,
  isWrittenOnce: () => false,
  changesBy: () => 'size_and_time',
  copyRank: () => 0,
};

/**
 * The credentials of a simulated device in this directory. `refuseInUse` throws while a device lives in it; `version` is
 * that of the program which plays the browser.
 */
export function simulatedCredentials(
  directory: string,
  refuseInUse: () => void,
  version: string | null = null,
): Credentials {
  return {
    engine: 'simulated',
    directory,
    files: FILES,
    version: async () => version,
    has: () => hasCredentials(directory),
    unproven: async () => null,
    fingerprint: () => fingerprintFiles(directory, FILES),
    async erase() {
      refuseInUse();
      await rm(directory, { recursive: true, force: true });
    },
    async move(to) {
      refuseInUse();
      await rename(directory, to);
    },
  };
}

/** Whether what is written in this profile can be read again. */
export async function keepsMark(profileDir: string): Promise<boolean> {
  const [file, mark] = [join(profileDir, 'mark'), String(process.hrtime.bigint())];
  try {
    await writeFile(file, mark);
    return (await readFile(file, 'utf8')) === mark;
  } catch {
    return false;
  }
}

/** The login in this profile; null when there is none, or nothing that can be read as one. */
export async function readCredentials(profileDir: string): Promise<SimulatedCredentials | null> {
  let text: string;
  try {
    text = await readFile(credentialsFile(profileDir), 'utf8');
  } catch {
    return null;
  }
  try {
    return credentialsSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Writes the login beside its place and renames it: a crash leaves the old one or the new one. */
export async function writeCredentials(profileDir: string, credentials: SimulatedCredentials): Promise<void> {
  const file = credentialsFile(profileDir);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, JSON.stringify(credentials), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

export async function hasCredentials(profileDir: string): Promise<boolean> {
  try {
    return (await stat(credentialsFile(profileDir))).isFile();
  } catch {
    return false;
  }
}
