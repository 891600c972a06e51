import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { pino } from 'pino';

import { loadConfig } from '../../src/config/config.ts';
import { ensureError, SupervisorError } from '../../src/domain/errors.ts';
import { createService, type Service } from '../../src/service.ts';
import { startTestRedis, type TestRedis } from '../redis.ts';
import { useTempDir } from '../temp-dir.ts';

let server: TestRedis;
beforeAll(async () => (server = await startTestRedis()));
beforeEach(() => server.flush());
afterAll(() => server.stop());

const KEY = Buffer.alloc(32, 1).toString('base64');

/** One process of a fleet, not started yet. */
function processOf(env: Record<string, string>): Service {
  const directory = useTempDir();
  const config = loadConfig({
    PATH: process.env['PATH'],
    DRIVER: 'simulated',
    RATE_LIMIT_PER_MINUTE: '0',
    PORT: '0',
    DATA_DIR: directory,
    JWT_SECRET: 'a secret of the fleet’s tests, long enough',
    ENCRYPTION_KEYS: `k1:${KEY}`,
    VAULT_STORE: 'redis',
    LAME_DUCK_MS: '0',
    ...env,
  });
  const service = createService(config, { redis: server.address, log: pino({ level: 'silent' }) });
  onTestFinished(() => service.stop());
  return service;
}

async function refusal(env: Record<string, string>): Promise<string> {
  const error = await processOf(env)
    .start()
    .then(() => null, ensureError);
  if (!(error instanceof SupervisorError)) throw new Error(`It was not refused on purpose but with ${String(error)}`);
  return error.message;
}

it('a second process under a name that lives, or that is set otherwise, is refused in one sentence', async () => {
  await processOf({ NODE_ID: 'n1' }).start();
  expect(await refusal({ NODE_ID: 'n1' })).toBe(
    'NODE_ID n1 is in use: another process of this fleet lives under that name. Give this one another.',
  );
  expect(await refusal({ NODE_ID: 'n2', VAULT_STORE: 'directory' })).toContain(
    'this fleet keeps sealed logins in Redis',
  );
  const other = Buffer.alloc(32, 2).toString('base64');
  expect(await refusal({ NODE_ID: 'n3', ENCRYPTION_KEYS: `k9:${other}` })).toContain('lacks key "k1"');
});
