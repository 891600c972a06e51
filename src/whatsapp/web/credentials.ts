import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Credentials } from '../../domain/credentials.ts';
import { fingerprintFiles } from '../../host/listed-files.ts';
import { BROWSER_CREDENTIAL_FILES } from './credential-files.ts';
import { profileShape } from './profile-shape.ts';
import { takeProfileLock } from './profile-lock.ts';

/**
 * Chromium's own lock. It names a host and a pid: after a crash in a container that has another name now, Chromium
 * refuses to start for ever.
 */
const CHROMIUM_LOCK = ['SingletonLock', 'SingletonCookie', 'SingletonSocket'];

/**
 * Makes the profile's directory, for its owner only, and removes what a dead browser has left locked. Call with the
 * profile's lock in hand.
 */
export async function prepareProfile(profileDir: string): Promise<void> {
  await mkdir(profileDir, { recursive: true, mode: 0o700 });
  await chmod(profileDir, 0o700);
  await Promise.all(CHROMIUM_LOCK.map((name) => rm(join(profileDir, name), { force: true })));
  // Where earlier builds of this service let the cache grow.
  await rm(join(profileDir, 'Default', 'Cache'), { recursive: true, force: true });
}

/**
 * The credentials of a linked WhatsApp Web, in the Chromium profile of this directory. `version` tells that of the
 * Chromium that opens them.
 */
export function browserCredentials(
  directory: string,
  version: () => Promise<string | null> = async () => null,
): Credentials {
  return {
    engine: 'browser',
    directory,
    files: BROWSER_CREDENTIAL_FILES,
    version,
    // A page that only ever showed a QR has databases too, so this is a maybe.
    has: async () => (await profileShape(directory)).kind !== 'empty',
    unproven: async () => {
      const shape = await profileShape(directory);
      return shape.kind === 'unknown' ? shape.why : null;
    },
    fingerprint: () => fingerprintFiles(directory, BROWSER_CREDENTIAL_FILES),
    erase: () => locked(directory, () => rm(directory, { recursive: true, force: true, maxRetries: 3 })),
    move: (to) => locked(directory, () => rename(directory, to)),
  };
}

/** Rejects with `ProfileInUseError` while a browser lives in the profile, or its owner is about to start one. */
async function locked(profileDir: string, work: () => Promise<void>): Promise<void> {
  const lock = takeProfileLock(profileDir);
  try {
    await work();
  } finally {
    lock.release();
  }
}
