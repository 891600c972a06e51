import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';

import { findRedis } from '#find-executables';

import { openDataDirectory } from '../../src/host/data-directory/data-directory.ts';
import type { SessionAddress } from '../../src/domain/session.ts';
import type { EncryptionKey } from '../../src/domain/encryption-key.ts';
import { connectRedis } from '../../src/store/connection.ts';
import { startEmbeddedRedis } from '../../src/store/embedded/embedded-redis.ts';
import { keyspace, type Keyspace } from '../../src/store/keys.ts';
import { claim, type Ownership } from '../../src/store/ownership.ts';
import { EMPTY_DETAIL } from '../../src/store/session-hash.ts';
import { SessionStore } from '../../src/store/session-store.ts';
import { nextGeneration, type ArchiveStore } from '../../src/vault/archive-store.ts';
import { DirectoryArchives } from '../../src/vault/directory-archives.ts';
import { KeyRing } from '../../src/vault/key-ring.ts';
import { openBody, openHeader } from '../../src/vault/open.ts';
import { RedisArchives } from '../../src/vault/redis-archives.ts';
import { beginSeal } from '../../src/vault/seal.ts';
import { createOutput } from '../../src/vault-cli/output.ts';
import { runTool } from '../../src/vault-cli/run.ts';
import { useTempDir } from '../temp-dir.ts';

/** The tool as its users run it. `test/build.ts` has built it. */
const MAIN = fileURLToPath(new URL('../../dist/src/vault-cli/main.js', import.meta.url));

export const oldKey: EncryptionKey = { kid: 'old', key: Buffer.alloc(32, 1) };
export const newKey: EncryptionKey = { kid: 'new', key: Buffer.alloc(32, 2) };
export const ana: SessionAddress = { userId: 'ana', id: 'sales' };
export const bob: SessionAddress = { userId: 'bob@example.com', id: 'shop' };

/** A tool's exit code and what it wrote. */
export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Seals these bytes as a session's newest archive, and returns its generation. */
export async function sealArchive(
  store: ArchiveStore,
  address: SessionAddress,
  { epoch, key = oldKey, login = randomBytes(1_000) }: { epoch: number; key?: EncryptionKey; login?: Buffer },
): Promise<string> {
  const sealing = beginSeal({ ring: new KeyRing([key]), address, engine: 'browser', epoch, now: epoch, randomBytes });
  const generation = nextGeneration(epoch, (await store.generations(address)).at(0));
  Readable.from([login]).pipe(sealing.body);
  await store.put({
    address,
    generation,
    epoch,
    body: sealing.body as AsyncIterable<Uint8Array>,
    header: (bytes) => sealing.header(bytes),
  });
  return generation;
}

/** The unsealed body of a session's newest archive. */
export async function loginIn(
  store: ArchiveStore,
  address: SessionAddress,
  keys: readonly [EncryptionKey, ...EncryptionKey[]],
): Promise<Buffer> {
  const [generation = ''] = await store.generations(address);
  const header = await store.header(address, generation);
  if (header === null) throw new Error(`There is no archive of ${address.userId} ${address.id}`);
  const opened = await openHeader(header, { ring: new KeyRing(keys), address, minEpoch: 0 });
  return buffer(Readable.from(openBody(opened, store.body(address, generation))));
}

/** The variables that a tool is run with. */
export function toolEnv(
  dataDir: string,
  keys: readonly EncryptionKey[],
  more: Record<string, string> = {},
): Record<string, string> {
  const given = keys.map(({ kid, key }) => `${kid}:${key.toString('base64')}`).join(',');
  return {
    PATH: process.env['PATH'] ?? '',
    DATA_DIR: dataDir,
    ...(given === '' ? {} : { ENCRYPTION_KEYS: given }),
    ...more,
  };
}

/** Runs a tool in this process. */
export async function runHere(
  args: readonly string[],
  env: Record<string, string>,
  signal = new AbortController().signal,
): Promise<Ran> {
  const written = { out: '', err: '' };
  const stream = (name: 'out' | 'err') => ({ write: (line: string) => (written[name] += line) });
  const code = await runTool({ args, env, output: createOutput(stream('out'), stream('err')), signal });
  return { code, ...written };
}

/** Runs a tool as a user does. `onError` sees what it says on the way. */
export async function runChild(
  args: readonly string[],
  env: Record<string, string>,
  onError?: (said: string, kill: () => void) => void,
): Promise<Ran> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env,
    cwd: useTempDir(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stderr.on('data', (said: Buffer) => onError?.(said.toString(), () => child.kill('SIGKILL')));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, out, err };
}

/**
 * A data directory as a running service holds it: locked, with a Redis of its own. One serves many tests, each on an
 * empty one.
 */
export class CliFixture {
  readonly dataDir: string;
  readonly redis: Redis;
  readonly keys: Keyspace;
  readonly archives: ArchiveStore;
  readonly sessions: SessionStore;
  readonly #store: 'redis' | 'directory';

  readonly #end: () => Promise<void>;

  private constructor(dataDir: string, redis: Redis, store: 'redis' | 'directory', end: () => Promise<void>) {
    this.dataDir = dataDir;
    this.#end = end;
    this.redis = redis;
    this.#store = store;
    this.keys = keyspace('wa');
    this.archives =
      store === 'redis' ? new RedisArchives({ redis, prefix: 'wa', randomBytes }) : directoryArchives(dataDir);
    this.sessions = new SessionStore({
      redis,
      keys: this.keys,
      now: () => Date.now(),
      engine: 'simulated',
      maxSessions: 100,
      maxSessionsPerUser: 50,
    });
  }

  static async open(store: 'redis' | 'directory'): Promise<CliFixture> {
    const dataDir = await mkdtemp(join(tmpdir(), 'wa-test-'));
    const directory = await openDataDirectory(dataDir);
    const embedded = await startEmbeddedRedis({
      dataDir,
      executable: findRedis(process.env),
      log: pino({ level: 'silent' }),
    });
    const redis = connectRedis({ kind: 'socket', path: embedded.socketPath }, 'commands', () => undefined);
    return new CliFixture(dataDir, redis, store, async () => {
      redis.disconnect();
      await embedded.stop();
      await directory.release();
      await rm(dataDir, { recursive: true, force: true });
    });
  }

  /** Forgets all sessions, archives and keys that were made. */
  async empty(): Promise<void> {
    await this.redis.flushall();
    for (const name of ['archives', 'secrets']) await rm(join(this.dataDir, name), { recursive: true, force: true });
  }

  close(): Promise<void> {
    return this.#end();
  }

  run(args: readonly string[], keys: readonly EncryptionKey[] = [oldKey], signal?: AbortSignal): Promise<Ran> {
    return runHere(args, toolEnv(this.dataDir, keys, { VAULT_STORE: this.#store }), signal);
  }

  /** Makes a session that is to run and that a node holds as ready. */
  async ready(address: SessionAddress): Promise<Ownership> {
    await this.sessions.create(address, { start: true, metadata: { team: 'north' } });
    const claimed = await claim({ redis: this.redis, keys: this.keys, now: () => Date.now() }, address, 'node-1');
    if (claimed.kind !== 'claimed') throw new Error(`The claim was answered with ${claimed.kind}`);
    const detail = { ...EMPTY_DETAIL, phoneNumber: '5215550001111', durable: true };
    await claimed.ownership.persist({
      value: 'ready.online',
      reason: null,
      tags: ['connected'],
      detail,
      event: 'browser.ready',
      handledSeq: 1,
      activity: 'active',
    });
    return claimed.ownership;
  }
}

/** The archives of a data directory that has no other place for them. */
export function directoryArchives(dataDir: string): DirectoryArchives {
  return new DirectoryArchives({ directory: join(dataDir, 'archives'), now: () => Date.now(), randomBytes });
}
