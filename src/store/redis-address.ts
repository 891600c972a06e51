import type { Logger } from 'pino';

import type { RedisConfig } from '../config/storage-config.ts';
import type { RedisAddress } from './connection.ts';
import { startEmbeddedRedis } from './embedded/embedded-redis.ts';

interface ReachedRedis {
  readonly address: RedisAddress;
  /** Ends a Redis of the service's own; one that is somebody's is left alone. Never rejects. */
  stop(): Promise<void>;
}

/** Where the configured Redis listens. Starts the service's own where none is given, see {@link startEmbeddedRedis}. */
export async function reachRedis(config: RedisConfig, dataDir: string, log: Logger): Promise<ReachedRedis> {
  if (config.kind !== 'embedded') return { address: config, stop: async () => undefined };
  const embedded = await startEmbeddedRedis({ dataDir, executable: config.executable, log });
  // A shutdown that was cut short leaves it running: it writes its data and ends by itself.
  const endWithProcess = () => {
    if (embedded.pid !== null) process.kill(embedded.pid, 'SIGTERM');
  };
  process.once('exit', endWithProcess);
  return {
    address: { kind: 'socket', path: embedded.socketPath },
    stop: async () => {
      await embedded.stop();
      process.off('exit', endWithProcess);
    },
  };
}
