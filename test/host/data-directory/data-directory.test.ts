import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

import { openDataDirectory } from '../../../src/host/data-directory/data-directory.ts';
import {
  DataDirectoryInUseError,
  DataDirectoryUnusableError,
  SecretUnreadableError,
} from '../../../src/host/data-directory/errors.ts';
import { useTempDir } from '../../temp-dir.ts';

const STARTER = new URL('./starter.ts', import.meta.url);

/** Another process that opens the directory when told to, and then holds it. */
async function starter(directory: string): Promise<{ child: ChildProcess; go: () => Promise<unknown> }> {
  const child = fork(STARTER, [directory], { execArgv: ['--import', 'tsx'], stdio: 'inherit' });
  onTestFinished(() => end(child));
  await once(child, 'message');
  return {
    child,
    go: () => {
      const answered = new Promise((resolve) => child.once('message', resolve));
      child.send('go');
      return answered;
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

it('a second service is refused and told who holds the directory', async () => {
  const path = useTempDir();
  const first = await openDataDirectory(path);
  onTestFinished(() => first.release());
  const refused = openDataDirectory(path);
  await expect(refused).rejects.toThrow(DataDirectoryInUseError);
  await expect(refused).rejects.toThrow(`${path} is in use by another service (pid ${process.pid})`);
});

it('a released directory is free', async () => {
  const path = useTempDir();
  await (await openDataDirectory(path)).release();
  const second = await openDataDirectory(path);
  await second.release();
  expect(readdirSync(join(path, 'lock'))).toEqual([]);
});

it('a killed service does not keep the directory', async () => {
  const path = useTempDir();
  const { child, go } = await starter(path);
  await expect(go()).resolves.toBe('opened');
  await expect(openDataDirectory(path)).rejects.toMatchObject({ holderPid: child.pid });
  await end(child);
  await (await openDataDirectory(path)).release();
  expect(readdirSync(join(path, 'lock'))).toEqual([]);
});

it(
  'of services that start together exactly one gets the directory, a dead one’s lock or not',
  { timeout: 60_000 },
  async () => {
    const path = useTempDir();
    const dead = await starter(path);
    await dead.go();
    await end(dead.child);
    const starters = await Promise.all(Array.from({ length: 6 }, () => starter(path)));
    const answers = await Promise.all(starters.map(({ go }) => go()));
    expect(answers.map(String).toSorted()).toEqual([...Array.from({ length: 5 }, () => 'DATA_DIR_IN_USE'), 'opened']);
  },
);

it('a path too long for a socket is no obstacle', async () => {
  const path = join(useTempDir(), 'd'.repeat(120));
  const first = await openDataDirectory(path);
  onTestFinished(() => first.release());
  await expect(openDataDirectory(path)).rejects.toThrow(DataDirectoryInUseError);
});

it('a new directory is private, one that was there keeps its mode', async () => {
  const there = join(useTempDir(), 'there');
  mkdirSync(there, { mode: 0o755 });
  const made = join(useTempDir(), 'made');
  for (const path of [there, made]) await (await openDataDirectory(path)).release();
  expect(statSync(there).mode & 0o777).toBe(0o755);
  expect(statSync(made).mode & 0o777).toBe(0o700);
  expect(statSync(join(there, 'secrets')).mode & 0o777).toBe(0o700);
});

it('a file in the directory’s place is named as the fault', async () => {
  const path = join(useTempDir(), 'file');
  writeFileSync(path, '');
  await expect(openDataDirectory(path)).rejects.toThrow(DataDirectoryUnusableError);
});

it('a generated secret is made once, private, 32 bytes, and found again', async () => {
  const path = useTempDir();
  const first = await openDataDirectory(path);
  const secret = first.secret('jwt');
  expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
  expect(first.secret('jwt')).toBe(secret);
  expect(first.secret('other')).not.toBe(secret);
  expect(statSync(join(path, 'secrets', 'jwt')).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(path, 'secrets')).toSorted()).toEqual(['jwt', 'other']);
  await first.release();
  const second = await openDataDirectory(path);
  onTestFinished(() => second.release());
  expect(second.secret('jwt')).toBe(secret);
});

it('a damaged secret is refused, not replaced', async () => {
  const path = useTempDir();
  const directory = await openDataDirectory(path);
  onTestFinished(() => directory.release());
  writeFileSync(join(path, 'secrets', 'jwt'), 'half');
  expect(() => directory.secret('jwt')).toThrow(SecretUnreadableError);
});

it('the key that seals where none is given is made once, for its owner alone, and differs from directory to directory', async () => {
  const [path, elsewhere] = [useTempDir(), useTempDir()];
  const directory = await openDataDirectory(path);
  expect(directory.findEncryptionKey()).toBeNull();
  const made = directory.encryptionKey();
  expect(made.key).toHaveLength(32);
  expect(made.kid).toMatch(/^generated-[0-9a-f]{8}$/);
  expect(statSync(join(path, 'secrets', 'encryption-key')).mode & 0o777).toBe(0o600);
  await directory.release();

  const again = await openDataDirectory(path);
  expect(again.encryptionKey()).toEqual(made);
  expect(again.findEncryptionKey()).toEqual(made);
  await again.release();
  const other = await openDataDirectory(elsewhere);
  expect(other.encryptionKey().kid).not.toBe(made.kid);
  await other.release();
});
