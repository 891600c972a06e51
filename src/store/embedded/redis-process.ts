import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';

import { ensureError } from '../../domain/errors.ts';
import type { ProcessIdentity } from '../../host/process-identity.ts';
import { explainRedisExit, RedisDiskFullError, RedisExecutableMissingError, RedisStartError } from './errors.ts';
import { forgetRedisProcess, recordRedisProcess } from './redis-leftover.ts';
import { pingRedis } from './redis-ping.ts';

export interface RedisProcessOptions {
  readonly executable: string;
  /** Where its data lies; exists, 0700. */
  readonly directory: string;
  readonly socketPath: string;
  readonly log: Logger;
}

/** One redis-server, from its spawn to its end. */
export interface RedisProcess {
  readonly identity: ProcessIdentity;
  /** Resolves when it has ended, with how, such as "code 1" or "SIGKILL". Never rejects. */
  readonly ended: Promise<string>;
  /**
   * Resolves once it answers, data loaded. Rejects with an `EmbeddedRedisError` when it ends before, or with the
   * signal's reason.
   */
  ready(signal: AbortSignal): Promise<void>;
}

const POLL_MS = 20;
const KEPT_LINES = 50;
const LAST_WORDS_MS = 500;
/** Advice on settings of the system that every start repeats. */
const ABOUT_THE_HOST = /overcommit|open files|backlog|Transparent Huge/i;

/**
 * Starts one redis-server on a private socket. Its process group is its own: Ctrl-C in a terminal reaches the service
 * only, which still has snapshots to write. Rejects with an `EmbeddedRedisError` when the executable cannot be run or
 * the disk refuses.
 */
export async function spawnRedis(options: RedisProcessOptions): Promise<RedisProcess> {
  const { executable, directory, socketPath, log } = options;
  const child = spawn(executable, redisArguments(directory, socketPath), {
    cwd: directory,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], LANG: 'C' },
  });
  const output = collectOutput(child, log);
  const ended = awaitEnd(child);
  if (child.pid === undefined) {
    const error = await new Promise<Error>((resolve) => child.once('error', resolve));
    throw new RedisExecutableMissingError(executable, error);
  }
  const identity = recordOrKill(child, child.pid, directory);
  if (identity === null) throw explainRedisExit(output, await ended, directory, socketPath);
  let status: string | null = null;
  void ended.then((how) => {
    status = how;
    forgetRedisProcess(directory);
  });

  return {
    identity,
    ended,
    async ready(signal) {
      let hasComplained = false;
      for (;;) {
        if (status !== null) throw explainRedisExit(output, status, directory, socketPath);
        if (signal.aborted) throw ensureError(signal.reason);
        const found = await pingRedis(socketPath);
        if (found === 'ready') return;
        if (found === 'cannot_write' && !hasComplained) {
          hasComplained = true;
          log.warn(
            { redisPid: identity.pid, directory },
            'Redis cannot write to its disk, which may be full: waiting until it can',
          );
        }
        await Promise.race([sleep(POLL_MS), ended]);
      }
    },
  };
}

/**
 * No file holds the configuration, and none of it is a secret. The socket's path is relative where it can be: Redis is
 * bound to 107 bytes too.
 */
function redisArguments(directory: string, socketPath: string): string[] {
  const settings = {
    port: '0',
    unixsocket: socketPath === join(directory, 'redis.sock') ? 'redis.sock' : socketPath,
    unixsocketperm: '700',
    dir: '.',
    daemonize: 'no',
    appendonly: 'yes',
    appendfsync: 'everysec',
    'aof-load-truncated': 'yes',
    save: '',
    'maxmemory-policy': 'noeviction',
    loglevel: 'notice',
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

/**
 * Ended is when its last words are read too; a child of Redis that still holds the pipe may delay those, but not for
 * long.
 */
function awaitEnd(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      const how = signal ?? `code ${code}`;
      const waited = setTimeout(() => resolve(how), LAST_WORDS_MS);
      child.once('close', () => {
        clearTimeout(waited);
        resolve(how);
      });
    });
  });
}

function recordOrKill(child: ChildProcess, pid: number, directory: string): ProcessIdentity | null {
  try {
    return recordRedisProcess(directory, pid);
  } catch (thrown) {
    child.kill('SIGKILL');
    const error: NodeJS.ErrnoException = ensureError(thrown);
    if (error.code === 'ENOSPC') throw new RedisDiskFullError(directory, error);
    throw new RedisStartError(`its process could not be noted in ${directory}`, error);
  }
}

/** The last lines Redis printed, without their "pid:role date level" head. */
function collectOutput(child: ChildProcess, log: Logger): string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      const [, level = '', message = line] = /^\d+:\S+ \d.*?\d\d:\d\d:\d\d\.\d+ ([.\-*#]) (.*)$/.exec(line) ?? [];
      lines.push(message);
      if (lines.length > KEPT_LINES) lines.shift();
      const isWarning =
        level === '#' && /error|fail|can't|unable|misconf/i.test(message) && !ABOUT_THE_HOST.test(message);
      log[isWarning ? 'warn' : 'debug']({ redis: message.slice(0, 300) }, 'redis says');
    });
  }
  return lines;
}
