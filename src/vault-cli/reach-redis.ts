import { access } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';

import { openDataDirectory, type DataDirectory } from '../host/data-directory/data-directory.ts';
import { DataDirectoryInUseError } from '../host/data-directory/errors.ts';
import { findEmbeddedRedis, startEmbeddedRedis } from '../store/embedded/embedded-redis.ts';
import type { RedisAddress } from '../store/connection.ts';
import { pingRedis } from '../store/embedded/redis-ping.ts';
import type { StorageConfig } from '../config/storage-config.ts';
import { NoDataDirectoryError, NoEmbeddedRedisError } from './errors.ts';

interface ReachOptions {
  readonly config: Pick<StorageConfig, 'dataDir' | 'redis'>;
  /** Whether a data directory is made where there is none: an import on a new machine. */
  readonly absent: 'refuse' | 'create';
  readonly signal: AbortSignal;
  /** How long a service that has just been started may take until its Redis answers, in ms. @defaultValue 60000 */
  readonly patienceMs?: number;
}

/** A Redis that answers, and what is to be done when it is no longer needed. */
export interface ReachedRedis {
  readonly address: RedisAddress;
  release(): Promise<void>;
}

const POLL_MS = 100;

/**
 * The Redis that the service uses: its URL, or the embedded one. Where a service runs on this data directory, its Redis
 * is shared; where none does, one is started and, on release, ended, with the directory's lock held meanwhile, so that
 * no service starts in between. Rejects with {@link NoDataDirectoryError}, {@link NoEmbeddedRedisError}, an
 * `EmbeddedRedisError`, or the signal's reason.
 */
export async function reachRedis({
  config: { dataDir, redis },
  absent,
  signal,
  patienceMs = 60_000,
}: ReachOptions): Promise<ReachedRedis> {
  if (redis.kind !== 'embedded') return { address: redis, release: async () => undefined };
  if (absent === 'refuse') await refuseMissing(dataDir);
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    signal.throwIfAborted();
    const directory = await openUnlessInUse(dataDir);
    if (!(directory instanceof DataDirectoryInUseError)) return startOwn(directory, redis.executable, signal);
    const socket = await findEmbeddedRedis(dataDir);
    if (socket !== null && (await pingRedis(socket)) === 'ready')
      return { address: { kind: 'socket', path: socket }, release: async () => undefined };
    if (performance.now() > giveUpAt) throw new NoEmbeddedRedisError(dataDir, directory.holderPid, patienceMs);
    await sleep(POLL_MS);
  }
}

async function refuseMissing(dataDir: string): Promise<void> {
  try {
    await access(dataDir);
  } catch {
    throw new NoDataDirectoryError(dataDir);
  }
}

async function openUnlessInUse(dataDir: string): Promise<DataDirectory | DataDirectoryInUseError> {
  try {
    return await openDataDirectory(dataDir);
  } catch (error) {
    if (error instanceof DataDirectoryInUseError) return error;
    throw error;
  }
}

async function startOwn(
  directory: DataDirectory,
  executable: string | null,
  signal: AbortSignal,
): Promise<ReachedRedis> {
  try {
    const embedded = await startEmbeddedRedis({ dataDir: directory.path, executable, log: pino({ level: 'silent' }) });
    signal.throwIfAborted();
    const release = async (): Promise<void> => {
      await embedded.stop();
      await directory.release();
    };
    return { address: { kind: 'socket', path: embedded.socketPath }, release };
  } catch (error) {
    await directory.release();
    throw error;
  }
}
