import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { DataDirectoryInUseError } from './errors.ts';

export interface ExclusiveLock {
  /** Lets the next one in. Idempotent. */
  release(): Promise<void>;
}

export interface LockOptions {
  /** Names this attempt; never used twice. @defaultValue pid and random bytes */
  readonly token: string;
  /** How often two simultaneous starters may step back before one gives up. @defaultValue 40 */
  readonly attempts?: number;
  /** Between 0 and 1: how long to step back. @defaultValue Math.random */
  readonly random?: () => number;
}

const STEP_BACK_MS = 50;
const CLAIM = '.claim';
/**
 * Beside a claim that has won. The claim itself never changes its name, so that nobody who lists the directory
 * meanwhile can miss it.
 */
const HELD = '.held';

/**
 * Takes the lock of a directory for this process, until `release` or its death.
 *
 * Each contender listens on a unix socket of its own in the directory, under a name never used twice, and then looks at
 * all others. A process whose socket accepts is alive, over container borders too; a socket that refuses belongs to a
 * dead process and is removed. A contender that sees a living one steps back. Of two contenders the later one sees the
 * other's socket, so there are never two holders, whatever the timing. Since names are never used again, removing a dead
 * process's socket can never remove a living one's, as it could with one lock file.
 *
 * Rejects with {@link DataDirectoryInUseError}, which names the holder's pid.
 */
export async function takeExclusiveLock(directory: string, options: LockOptions): Promise<ExclusiveLock> {
  const { token, attempts = 40, random = Math.random } = options;
  const alias = shortAliasOf(directory);
  try {
    for (let attempt = 0; ; attempt += 1) {
      const name = `${token}.${attempt}`;
      const server = await listenUnder(alias.path, name);
      const rival = await findRival(alias.path, name);
      if (rival === null) {
        writeFileSync(join(directory, `${name}${HELD}`), '', { mode: 0o600 });
        return { release: () => leave(server, directory, name) };
      }
      await leave(server, directory, name);
      if (rival.isHolder || attempt >= attempts) throw new DataDirectoryInUseError(directory, rival.pid);
      await sleep(STEP_BACK_MS * random());
    }
  } finally {
    alias.remove();
  }
}

/** The socket is bound under a hidden name and shown when it already answers: nobody may take a newborn for dead. */
async function listenUnder(directory: string, name: string): Promise<Server> {
  const server = createServer((connection) => connection.destroy());
  const hidden = join(directory, `.${name}`);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(hidden, resolve);
  });
  renameSync(hidden, join(directory, `${name}${CLAIM}`));
  return server.unref();
}

/** A living other, the holder rather than a fellow contender. Sockets of the dead are removed on the way. */
async function findRival(directory: string, own: string): Promise<{ pid: number; isHolder: boolean } | null> {
  let contender: { pid: number; isHolder: boolean } | null = null;
  for (const entry of readdirSync(directory)) {
    const name = entry.startsWith('.') || !entry.endsWith(CLAIM) ? own : entry.slice(0, -CLAIM.length);
    if (name === own) continue;
    const liveness = await probe(join(directory, entry));
    if (liveness === 'dead') removeFiles(directory, name);
    if (liveness !== 'alive') continue;
    const rival = { pid: Number.parseInt(name, 10), isHolder: existsSync(join(directory, `${name}${HELD}`)) };
    if (rival.isHolder) return rival;
    contender = rival;
  }
  return contender;
}

/** `gone`: its owner has taken it away meanwhile. Any other failure than a refusal is no proof of death. */
function probe(path: string): Promise<'alive' | 'dead' | 'gone'> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve('alive');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') resolve('dead');
      else resolve(error.code === 'ENOENT' ? 'gone' : 'alive');
    });
  });
}

function removeFiles(directory: string, name: string): void {
  for (const suffix of [HELD, CLAIM]) rmSync(join(directory, `${name}${suffix}`), { force: true });
}

async function leave(server: Server, directory: string, name: string): Promise<void> {
  removeFiles(directory, name);
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

/** A socket's path holds 107 bytes at most (unix(7)); a directory's can be longer, so it is gone to by a short link. */
function shortAliasOf(directory: string): { path: string; remove: () => void } {
  const home = mkdtempSync(join(tmpdir(), 'wa-'));
  const path = join(home, 'd');
  symlinkSync(directory, path);
  return { path, remove: () => rmSync(home, { recursive: true, force: true }) };
}
