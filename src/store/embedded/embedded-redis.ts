import { chmod, mkdir, mkdtemp, readlink, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';

import { withDeadline } from '../../domain/deadline.ts';
import { ensureError } from '../../domain/errors.ts';
import { RedisDiskFullError, RedisExecutableMissingError, RedisStartError } from './errors.ts';
import { endLeftoverRedis, endProcess } from './redis-leftover.ts';
import { spawnRedis, type RedisProcess } from './redis-process.ts';

export interface EmbeddedRedisOptions {
  /** The service's data directory. The caller holds its lock. */
  readonly dataDir: string;
  /** redis-server or valkey-server; `null` when none was found. */
  readonly executable: string | null;
  readonly log: Logger;
  /** Ends the start, and later everything, like `stop()`. */
  readonly signal?: AbortSignal;
  /** How long Redis may take to answer, loading of its data included, in ms. @defaultValue 60000 */
  readonly startTimeoutMs?: number;
  /** From SIGTERM to SIGKILL, in ms. @defaultValue 10000 */
  readonly graceMs?: number;
}

/** A Redis of the service's own: it lives and dies with it, and is started again when it dies alone. */
export interface EmbeddedRedis {
  readonly socketPath: string;
  /** `null` between a death and the restart. */
  readonly pid: number | null;
  /** Ends Redis once it has written its data. Repeated calls share one stop. Never rejects. */
  stop(): Promise<void>;
}

const SOCKET = 'redis.sock';
/** `sun_path` of unix(7) holds 108 bytes with its end; macOS 104. */
const SOCKET_PATH_LIMIT = 103;
const BACKOFF = { baseMs: 100, maxMs: 5_000, forgottenAfterMs: 60_000 };

/**
 * Starts a Redis with its data in `DATA_DIR/redis`, on a socket that only this user can reach. Ends one that a killed
 * service left there first. Rejects with an `EmbeddedRedisError`, whose message says what to do, when it does not
 * answer in time.
 */
export async function startEmbeddedRedis(options: EmbeddedRedisOptions): Promise<EmbeddedRedis> {
  const { executable, log, signal, startTimeoutMs = 60_000, graceMs = 10_000 } = options;
  if (executable === null) throw new RedisExecutableMissingError(null);
  signal?.throwIfAborted();
  const directory = await prepareDirectory(resolve(options.dataDir, 'redis'));
  const leftover = await endLeftoverRedis(directory, graceMs);
  if (leftover !== null) log.warn({ redisPid: leftover }, 'ended the Redis that an earlier, killed service had left');

  const socket = await placeSocket(directory);
  const stopping = new AbortController();
  const launch = async (): Promise<RedisProcess> => {
    const started = await spawnRedis({ executable, directory, socketPath: socket.path, log });
    try {
      await withDeadline(startTimeoutMs, stopping.signal, (over) => started.ready(over));
      return started;
    } catch (error) {
      await endProcess(started.identity, graceMs);
      await started.ended;
      throw ensureError(error).name === 'TimeoutError'
        ? new RedisStartError(`it did not answer within ${startTimeoutMs} ms`, error)
        : error;
    }
  };

  let current: RedisProcess | null = null;
  const keepRunning = async (): Promise<void> => {
    let attempt = 0;
    while (!stopping.signal.aborted) {
      const since = performance.now();
      try {
        const running = current ?? (await launch());
        current = running;
        if (attempt > 0) log.warn({ redisPid: running.identity.pid, attempt }, 'redis runs again');
        const how = await running.ended;
        current = null;
        if (!stopping.signal.aborted)
          log.error({ redisPid: running.identity.pid, how }, 'redis ended by itself: starting it again');
      } catch (error) {
        if (!stopping.signal.aborted) log.error({ err: error }, 'redis could not be started again');
      }
      attempt = performance.now() - since > BACKOFF.forgottenAfterMs ? 1 : attempt + 1;
      const delayMs = Math.min(BACKOFF.baseMs * 2 ** Math.min(attempt - 1, 10), BACKOFF.maxMs);
      await sleep(delayMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  let supervision: Promise<void> | null = null;
  let stopped: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      stopping.abort(signal?.reason);
      if (current !== null) await endProcess(current.identity, graceMs);
      await supervision;
      await socket.remove();
    })();
    return stopped;
  };
  signal?.addEventListener('abort', () => void stop(), { once: true });
  try {
    current = await launch();
    signal?.throwIfAborted();
  } catch (error) {
    await (stopped ?? stop());
    if (current !== null) await endProcess(current.identity, graceMs);
    throw error;
  }
  log.info({ redisPid: current.identity.pid, directory }, 'embedded Redis runs');
  supervision = keepRunning();
  return {
    socketPath: socket.path,
    get pid() {
      return current?.identity.pid ?? null;
    },
    stop,
  };
}

/**
 * Where the Redis that a running service has started in its data directory listens; `null` when there is no trace of
 * one.
 */
export async function findEmbeddedRedis(dataDir: string): Promise<string | null> {
  const path = resolve(dataDir, 'redis', SOCKET);
  try {
    return await readlink(path);
  } catch (thrown) {
    const error: NodeJS.ErrnoException = ensureError(thrown);
    // No link: the socket itself.
    return error.code === 'EINVAL' ? path : null;
  }
}

async function prepareDirectory(directory: string): Promise<string> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
    return directory;
  } catch (thrown) {
    const error: NodeJS.ErrnoException = ensureError(thrown);
    if (error.code === 'ENOSPC') throw new RedisDiskFullError(directory, error);
    throw new RedisStartError(`${directory} cannot be made (${error.code ?? error.message})`, error);
  }
}

/**
 * The socket lies beside the data, or, where that path is too long to be a socket's, in a private directory of its own,
 * to which a link leads.
 */
async function placeSocket(directory: string): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = join(directory, SOCKET);
  if (Buffer.byteLength(path) <= SOCKET_PATH_LIMIT) return { path, remove: () => rm(path, { force: true }) };
  const short = await mkdtemp(join(tmpdir(), 'wa-redis-'));
  await rm(path, { force: true });
  await symlink(join(short, SOCKET), path);
  const remove = async (): Promise<void> => {
    await rm(path, { force: true });
    await rm(short, { recursive: true, force: true });
  };
  return { path: join(short, SOCKET), remove };
}
