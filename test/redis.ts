import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { RedisAddress } from '../src/store/connection.ts';

const START_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 15_000;
const ASK_DEADLINE_MS = 5_000;
const ASK_AGAIN_MS = 20;

interface TestRedisOptions {
  /** Keep an append-only file, flushed with each write, so that `restart` loses nothing. @defaultValue false */
  readonly appendOnly?: boolean;
}

/** A Redis of one test file's own: on a socket in a private directory, no port. */
export interface TestRedis {
  readonly address: RedisAddress;
  /** The server's process; another one after `restart`. */
  readonly pid: number;
  /** Forgets all data. */
  flush(): Promise<void>;
  /** Kills the server as a crash would, and starts it again on the same data and socket, after `whileGone`. */
  restart(whileGone?: () => Promise<void>): Promise<void>;
  /** Ends the server and removes its directory. */
  stop(): Promise<void>;
}

/**
 * Starts `REDIS_SERVER`, or the first redis-server or valkey-server on the PATH, and waits until it answers. Nothing of
 * it is left after `stop`, nor when the process that started it dies, by whatever signal. Throws when there is none, or
 * when it does not answer in time.
 */
export async function startTestRedis({ appendOnly = false }: TestRedisOptions = {}): Promise<TestRedis> {
  const executable = findExecutable();
  const directory = mkdtempSync(join(tmpdir(), 'test-redis-'));
  const socket = join(directory, 's');
  const reaper = startReaper(directory);
  let server = launch(executable, directory, socket, appendOnly);
  reaper.watch(server.pid);
  const stop = async (): Promise<void> => {
    await end(server, 'SIGTERM');
    await reaper.dismiss();
  };
  try {
    await answers(socket, server);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    address: { kind: 'socket', path: socket },
    get pid() {
      return server.pid ?? 0;
    },
    flush: async () => {
      const reply = await ask(socket, 'FLUSHALL');
      if (!reply.startsWith('+OK')) throw new Error(`FLUSHALL was answered with ${reply}`);
    },
    restart: async (whileGone) => {
      await end(server, 'SIGKILL');
      reaper.watch(undefined);
      await whileGone?.();
      server = launch(executable, directory, socket, appendOnly);
      reaper.watch(server.pid);
      await answers(socket, server);
    },
    stop,
  };
}

function findExecutable(): string {
  const named = process.env['REDIS_SERVER'];
  if (named !== undefined && named !== '') return named;
  const directories = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '');
  const candidates = ['redis-server', 'valkey-server'].flatMap((name) =>
    directories.map((directory) => join(directory, name)),
  );
  const found = candidates.find(isExecutable);
  if (found === undefined) throw new Error('Tests need redis-server or valkey-server on the PATH, or REDIS_SERVER.');
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function launch(executable: string, directory: string, socket: string, appendOnly: boolean): ChildProcess {
  const durability = appendOnly ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
  const args = [
    '--port',
    '0',
    '--unixsocket',
    socket,
    '--unixsocketperm',
    '700',
    '--dir',
    directory,
    '--save',
    '',
    '--daemonize',
    'no',
    ...durability,
  ];
  const server = spawn(executable, args, { stdio: 'ignore' });
  // A failed spawn is noticed by `answers`; unheard, the event would throw.
  server.on('error', () => undefined);
  return server;
}

/** Each line names the process to end when the lines end; then the directory goes too. */
const REAPER = 'while read -r pid; do last=$pid; done; [ -z "$last" ] || kill -9 "$last"; rm -rf "$0"';

/** A process that outlives this one for a moment, and tidies up: its input ends when this process does. */
function startReaper(directory: string): { watch(pid: number | undefined): void; dismiss(): Promise<void> } {
  const reaper = spawn('sh', ['-c', REAPER, directory], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  reaper.unref();
  return {
    watch: (pid) => void reaper.stdin.write(`${pid ?? ''}\n`),
    dismiss: async () => {
      const gone = once(reaper, 'exit');
      reaper.stdin.end('\n');
      await gone;
    },
  };
}

async function answers(socket: string, server: ChildProcess): Promise<void> {
  const deadline = AbortSignal.timeout(START_DEADLINE_MS);
  while (!deadline.aborted) {
    if (hasEnded(server))
      throw new Error(`The test's Redis ended at once (${server.exitCode ?? server.signalCode ?? 'never ran'}).`);
    if ((await ask(socket, 'PING').catch(() => '')).startsWith('+PONG')) return;
    await delay(ASK_AGAIN_MS);
  }
  throw new Error(`The test's Redis did not answer within ${START_DEADLINE_MS} ms.`);
}

function hasEnded(server: ChildProcess): boolean {
  return server.pid === undefined || server.exitCode !== null || server.signalCode !== null;
}

async function end(server: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (hasEnded(server)) return;
  const ended = once(server, 'exit');
  server.kill(signal);
  const insist = setTimeout(() => server.kill('SIGKILL'), STOP_DEADLINE_MS);
  await ended;
  clearTimeout(insist);
}

/** One inline command on a connection of its own. */
function ask(socket: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = connect(socket);
    connection.setTimeout(ASK_DEADLINE_MS, () =>
      connection.destroy(new Error(`${command} was not answered within ${ASK_DEADLINE_MS} ms`)),
    );
    connection.once('connect', () => connection.write(`${command}\r\n`));
    connection.once('data', (reply) => {
      resolve(reply.toString());
      connection.destroy();
    });
    connection.once('error', reject);
    connection.once('close', () => reject(new Error(`${command} was not answered: the connection closed`)));
  });
}
