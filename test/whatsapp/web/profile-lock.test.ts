import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { identifyProcess, type ProcessIdentity } from '../../../src/host/process-identity.ts';
import { ProfileInUseError } from '../../../src/whatsapp/device-errors.ts';
import { takeProfileLock } from '../../../src/whatsapp/web/profile-lock.ts';
import { browserCredentials } from '../../../src/whatsapp/web/credentials.ts';

const NOBODY: ProcessIdentity = { pid: 4_000_000, startedAt: 'long ago' };

let root: string;
let profileDir: string;
let sleeper: ChildProcess | null;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lock-'));
  profileDir = join(root, 'profile');
  sleeper = null;
});
afterEach(async () => {
  if (sleeper !== null && sleeper.exitCode === null) {
    sleeper.kill('SIGKILL');
    await once(sleeper, 'exit');
  }
  await rm(root, { recursive: true, force: true });
});

const leftBy = (owner: ProcessIdentity, browser: ProcessIdentity | null) =>
  writeFile(`${profileDir}.lock`, JSON.stringify({ owner, browser }));

async function startSleeper(): Promise<ProcessIdentity> {
  sleeper = spawn('sleep', ['60'], { detached: true });
  await once(sleeper, 'spawn');
  const identity = identifyProcess(sleeper.pid ?? 0);
  if (identity === null) throw new Error('It did not start');
  return identity;
}

it('is held by one, and by the next once it was released', () => {
  const lock = takeProfileLock(profileDir);
  expect(() => takeProfileLock(profileDir)).toThrow(ProfileInUseError);
  lock.release();
  takeProfileLock(profileDir).release();
});

it('is not taken from a browser that outlives its service', async () => {
  await leftBy(NOBODY, await startSleeper());
  expect(() => takeProfileLock(profileDir)).toThrow(ProfileInUseError);
  await expect(browserCredentials(profileDir).erase()).rejects.toThrow(ProfileInUseError);
});

it('is not taken from a service that is about to start a browser', async () => {
  await leftBy(await startSleeper(), null);
  expect(() => takeProfileLock(profileDir)).toThrow(ProfileInUseError);
});

it('is taken from the dead, and from those whose number somebody else has now', async () => {
  const { pid } = await startSleeper();
  await leftBy(NOBODY, { pid, startedAt: 'at another time' });
  takeProfileLock(profileDir).release();
});

it('is taken when the machine went down while it was written', async () => {
  await writeFile(`${profileDir}.lock`, '');
  takeProfileLock(profileDir).release();
});

it('leaves nothing beside the profile', async () => {
  await leftBy(NOBODY, null);
  const lock = takeProfileLock(profileDir);
  lock.passTo(NOBODY);
  expect(await readdir(root)).toEqual(['profile.lock']);
  lock.release();
  expect(await readdir(root)).toEqual([]);
});
