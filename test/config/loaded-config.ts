import { loadConfig, type Config } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import type { HostResources } from '../../src/host/host-resources.ts';

const GIB = 2 ** 30;
export const host: HostResources = {
  hostname: 'box',
  memory: 8 * GIB,
  cores: 4,
  isTerminal: false,
  randomSuffix: 'a1b2c3',
};
/** A secret that is long enough. */
export const SECRET = 'a secret that is long enough for HS256';

export const key = (byte: number): string => Buffer.alloc(32, byte).toString('base64');

/** The configuration with the simulated driver, unless the variables say otherwise. */
export const load = (env: NodeJS.ProcessEnv): Config => loadConfig({ DRIVER: 'simulated', ...env }, host);

/** The error that these variables are refused with. */
export function refusal(env: NodeJS.ProcessEnv): ConfigError {
  try {
    load(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error(`Nothing was refused in ${JSON.stringify(env)}`);
}
