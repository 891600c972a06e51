import { chmod, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
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
}

/**
 * Removes a profile. Rejects with `ProfileInUseError` while a browser lives in it, or its owner is about to start one.
 */
export async function eraseProfile(profileDir: string): Promise<void> {
  const lock = takeProfileLock(profileDir);
  try {
    await rm(profileDir, { recursive: true, force: true, maxRetries: 3 });
  } finally {
    lock.release();
  }
}

/**
 * Puts a profile in another place on the same disk. Rejects with `ProfileInUseError` while a browser lives in it, or
 * its owner is about to start one.
 */
export async function moveProfile(profileDir: string, to: string): Promise<void> {
  const lock = takeProfileLock(profileDir);
  try {
    await rename(profileDir, to);
  } finally {
    lock.release();
  }
}

/**
 * Whether WhatsApp Web has kept anything in this profile: its IndexedDB holds the device's keys. A page that only ever
 * showed a QR has one too, so this is a maybe; without it there is no login for certain.
 */
export async function hasProfile(profileDir: string): Promise<boolean> {
  try {
    const databases = await readdir(join(profileDir, 'Default', 'IndexedDB'));
    return databases.some((name) => name.startsWith('https_web.whatsapp.com_'));
  } catch {
    return false;
  }
}
