import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { phoneNumberSchema } from '../../domain/session.ts';

const loginSchema = z.object({
  deviceId: z.string().min(1),
  phoneNumber: phoneNumberSchema,
  displayName: z.string().nullable(),
});

/** A linked device, as it lies in its profile. */
export type SimulatedCredentials = z.infer<typeof loginSchema>;

/**
 * Where a real profile keeps part of its login too, so that whatever seals and restores profiles takes this one along.
 */
const loginFile = (profileDir: string) => join(profileDir, 'Default', 'Local Storage', 'simulated-login.json');

/** The login in this profile; null when there is none, or nothing that can be read as one. */
export async function readCredentials(profileDir: string): Promise<SimulatedCredentials | null> {
  let text: string;
  try {
    text = await readFile(loginFile(profileDir), 'utf8');
  } catch {
    return null;
  }
  try {
    return loginSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Writes the login beside its place and renames it: a crash leaves the old one or the new one. */
export async function writeCredentials(profileDir: string, login: SimulatedCredentials): Promise<void> {
  const file = loginFile(profileDir);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, JSON.stringify(login), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

export async function hasCredentials(profileDir: string): Promise<boolean> {
  try {
    return (await stat(loginFile(profileDir))).isFile();
  } catch {
    return false;
  }
}
