import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { identifyProcess, isRunning, type ProcessIdentity } from '../../host/process-identity.ts';
import { isGroupAlive } from './chromium/process-group.ts';
import { ProfileInUseError } from '../device-errors.ts';

const identitySchema = z.object({ pid: z.int().positive(), startedAt: z.string() });
const holderSchema = z.object({ owner: identitySchema, browser: identitySchema.nullable() });
type Holder = z.infer<typeof holderSchema>;

const ATTEMPTS = 5;

/** The lock of a profile: chromium-headless-shell has none, and two of them in one folder spoil it. */
export interface ProfileLock {
  /** From now on the lock also holds for as long as this browser lives, whatever becomes of us. */
  passTo(browser: ProcessIdentity): void;
  release(): void;
}

/** Beside the profile, not in it: the lock is held while the profile is erased or replaced. */
const lockFile = (profileDir: string) => `${profileDir}.lock`;

/**
 * Takes the lock of a profile. It is never taken from a process that lives: neither from the browser, nor from the
 * service that started it. All in one synchronous go, so that within a process nothing comes between. Throws {@link
 * ProfileInUseError}.
 */
export function takeProfileLock(profileDir: string): ProfileLock {
  const file = lockFile(profileDir);
  const owner = identifyProcess(process.pid);
  if (owner === null) throw new ProfileInUseError();
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  for (let attempt = 0; !placeNew(file, { owner, browser: null }); attempt += 1) {
    if (attempt === ATTEMPTS || !removeStale(file)) throw new ProfileInUseError();
  }
  return {
    passTo(browser) {
      const beside = writeBeside(file, { owner, browser });
      renameSync(beside, file);
    },
    release: () => rmSync(file, { force: true }),
  };
}

/** A link appears whole or not at all, and never over another. */
function placeNew(file: string, holder: Holder): boolean {
  const beside = writeBeside(file, holder);
  try {
    linkSync(beside, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(beside, { force: true });
  }
}

/**
 * Removes the lock of the dead. False when it is held. Another may be at it too: what was moved away is looked at
 * again.
 */
function removeStale(file: string): boolean {
  const text = read(file);
  if (text === null) return true;
  if (isHeld(text)) return false;
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch {
    return true;
  }
  if (read(aside) !== text) {
    linkSync(aside, file);
    rmSync(aside);
    return false;
  }
  rmSync(aside);
  return true;
}

function isHeld(text: string): boolean {
  let holder: Holder;
  try {
    holder = holderSchema.parse(JSON.parse(text));
  } catch {
    // Locks appear whole. Only the machine's own end, which no process outlives, leaves half of one.
    return false;
  }
  return isRunning(holder.owner) || (holder.browser !== null && isGroupAlive(holder.browser));
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function writeBeside(file: string, holder: Holder): string {
  const beside = `${file}.${randomUUID()}`;
  writeFileSync(beside, JSON.stringify(holder), { mode: 0o600 });
  return beside;
}
