import type { Redis } from 'ioredis';
import type { Logger } from 'pino';

import { ensureError } from '../domain/errors.ts';
import { SimulationChannel } from '../store/simulation-channel.ts';
import type { Stores } from '../store/stores.ts';
import type { SimulatedDriver } from '../whatsapp/simulated/driver.ts';

/** Has the driver play what is asked of its phones, from whichever process, until it is stopped. */
export function followSimulations(
  driver: Pick<SimulatedDriver, 'play'>,
  { redis, keys }: Pick<Stores, 'redis' | 'keys'>,
  blocking: Redis,
  log: Pick<Logger, 'warn'>,
): ReturnType<SimulationChannel['follow']> {
  return new SimulationChannel(redis, keys).follow(
    blocking,
    (key, event) => driver.play(key, event),
    (error) => log.warn({ err: ensureError(error) }, 'simulation channel'),
  );
}
