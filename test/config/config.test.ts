import { describe, expect, it } from 'vitest';

import { loadConfig } from '../../src/config/config.ts';
import { host, key, load, refusal, SECRET } from './loaded-config.ts';

const GIB = 2 ** 30;

describe('without any variable', () => {
  it('the service listens on loopback, keeps its data in ./data, runs its own Redis and generates its secret', () => {
    const config = load({});
    expect(config.http).toEqual({
      host: '127.0.0.1',
      port: 3000,
      keepAliveTimeoutMs: 65_000,
      corsOrigins: [],
      ratePerMinute: 600,
    });
    expect(config.dataDir).toBe(`${process.cwd()}/data`);
    expect(config.redis.kind).toBe('embedded');
    expect(config.auth).toEqual({ kind: 'generated', issuer: null, audience: null });
  });

  it('profiles lie on disk, where a reboot does not lose a login', () => {
    expect(load({ DATA_DIR: '/srv/wa' }).profileDir).toBeNull();
  });

  it('the node is named after its host and this start', () => {
    expect(load({}).nodeId).toBe('box-a1b2c3');
  });

  it('a node name holds no character that a host name should not have had', () => {
    expect(loadConfig({ DRIVER: 'simulated' }, { ...host, hostname: '_Ana’s box' }).nodeId).toBe('Ana-s-box-a1b2c3');
  });

  it('browsers start at once as cores are there', () => {
    expect(load({}).node.maxConcurrentLaunches).toBe(4);
  });

  it('a browser is renewed after a day, or from a size on that none in real use has', () => {
    expect(load({}).recycle).toEqual({ afterMs: 86_400_000, rssMb: 1_500 });
  });

  it('no browser is launched while memory or processor are nearly used up, but simulated ones are', () => {
    expect(loadConfig({ PUPPETEER_EXECUTABLE_PATH: process.execPath }, host).pressure).toEqual({
      memory: 0.9,
      cpu: 0.95,
    });
    expect(load({}).pressure).toEqual({ memory: 0, cpu: 0 });
  });

  it('an empty variable counts as unset', () => {
    expect(load({ PORT: '', JWT_SECRET: ' ' }).http.port).toBe(3000);
  });
});

describe('the capacity of a node', () => {
  const capacity = (memory: number, cores: number) =>
    loadConfig({ PUPPETEER_EXECUTABLE_PATH: process.execPath }, { ...host, memory, cores }).node.capacity;

  it('follows memory where that is short', () => {
    expect(capacity(2 * GIB, 4)).toBe(3);
  });

  it('follows cores where memory is plenty', () => {
    expect(capacity(64 * GIB, 2)).toBe(20);
  });

  it('is one at least', () => {
    expect(capacity(GIB / 4, 1)).toBe(1);
  });

  it('does not bound simulated sessions by memory', () => {
    expect(load({}).node.capacity).toBeGreaterThanOrEqual(5_000);
  });

  it('is what the variable says', () => {
    expect(load({ NODE_CAPACITY: '7' }).node.capacity).toBe(7);
  });
});

describe('a refused value', () => {
  it.each<[string, string]>([
    ['PORT', 'http'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '3e3'],
    ['HOST', 'http://localhost'],
    ['REDIS_PREFIX', 'a:b'],
    ['ROLE', 'both'],
    ['NODE_ID', 'a b'],
    ['MAX_SESSIONS', '0'],
    ['USER_LIMIT_POLICY', 'queue'],
    ['DRIVER', 'baileys'],
    ['PUPPETEER_EXECUTABLE_PATH', '/no/such/browser'],
    ['PUPPETEER_EXECUTABLE_PATH', '/etc/passwd'],
    ['BROWSER_HEADLESS', 'old'],
    ['LAUNCH_TIMEOUT_MS', '2147483648'],
    ['PROBE_INTERVAL_MS', '1.5'],
    ['RECYCLE_AFTER_MS', '2147483648'],
    ['RECYCLE_RSS_MB', '1.5'],
    ['PRESSURE_MEMORY', '90'],
    ['PRESSURE_CPU', '1.01'],
    ['PRESSURE_CPU', '-0.5'],
    ['LOG_LEVEL', 'loud'],
    ['LOG_FORMAT', 'xml'],
    ['CORS_ORIGINS', 'https://a.example/path'],
    ['CORS_ORIGINS', '*'],
    ['JWT_JWKS_URL', 'http://id.example.com/keys'],
    ['VAULT_STORE', 'ftp'],
    ['VAULT_S3_ENDPOINT', 'https://minio.example.com/bucket'],
    ['VAULT_S3_BUCKET', 'A_B'],
    ['VAULT_S3_REGION', 'eu central'],
    ['VAULT_S3_ACCESS_KEY_ID', 'a b'],
    ['VAULT_S3_PATH_STYLE', 'yes'],
  ])('of %s is answered by one line with its name, the value %j and an example', (name, value) => {
    const { variable, message } = refusal({ [name]: value });
    expect(variable).toBe(name);
    expect(message).toContain(`${name} is ${JSON.stringify(value)}: must be `);
    expect(message).toMatch(new RegExp(`Example: ${name}=.+$`));
    expect(message).not.toContain('\n');
  });

  it.each<[string, string]>([
    ['JWT_SECRET', 'hunter2'],
    ['METRICS_TOKEN', 'hunter2'],
    ['REDIS_URL', 'http://:hunter2@redis.example'],
    ['ENCRYPTION_KEYS', 'k1:hunter2'],
    ['ENCRYPTION_KEYS', `k1:${key(1)},k1:${key(2)}`],
    ['VAULT_S3_SECRET_ACCESS_KEY', 'hunter2'],
    ['BROWSER_ARGS', '--proxy-server=http://me:hunter2@proxy hunter2'],
  ])('of %s is not shown', (name, value) => {
    const { variable, message } = refusal({ [name]: value });
    expect(variable).toBe(name);
    expect(message).not.toContain('hunter2');
    expect(message).not.toContain(key(1));
  });

  it('that spans lines is still answered by one', () => {
    expect(refusal({ LOG_LEVEL: 'a\nb' }).message.split('\n')).toHaveLength(1);
  });

  it.each([['--user-data-dir=/tmp/x'], ['--remote-debugging-port=9222'], ['--headless=old'], ['lang=es']])(
    'of BROWSER_ARGS is %s, which takes a browser out of the service’s hands or is no switch',
    (value) => {
      expect(refusal({ BROWSER_ARGS: value }).variable).toBe('BROWSER_ARGS');
    },
  );
});

describe('tokens', () => {
  it('are checked with the secret, counted in bytes', () => {
    expect(load({ JWT_SECRET: SECRET, JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' }).auth).toEqual({
      kind: 'secret',
      secret: SECRET,
      issuer: 'i',
      audience: 'a',
    });
    expect(load({ JWT_SECRET: 'ñ'.repeat(16) }).auth.kind).toBe('secret');
    expect(refusal({ JWT_SECRET: 'n'.repeat(31) }).message).toContain('is 31 bytes long and must be 32 or more');
  });

  it('are checked with an identity provider’s keys, plain http on this machine only', () => {
    const url = 'http://127.0.0.1:9000/jwks.json';
    expect(load({ JWT_JWKS_URL: url }).auth).toMatchObject({ kind: 'jwks', url });
  });

  it('have one source', () => {
    expect(refusal({ JWT_SECRET: SECRET, JWT_JWKS_URL: 'https://id.example.com/jwks' }).variable).toBe('JWT_JWKS_URL');
  });

  it('are never checked with a generated secret in production', () => {
    expect(refusal({ NODE_ENV: 'production' }).variable).toBe('JWT_SECRET');
    expect(load({ NODE_ENV: 'production', JWT_SECRET: SECRET, ENCRYPTION_KEYS: `k1:${key(1)}` }).isProduction).toBe(
      true,
    );
  });
});

describe('Redis', () => {
  it('is the one of REDIS_URL, over TLS too', () => {
    expect(load({ REDIS_URL: 'rediss://:pw@redis.example:6380/2' }).redis).toEqual({
      kind: 'url',
      url: 'rediss://:pw@redis.example:6380/2',
    });
  });

  it('must be a shared one where processes share the work', () => {
    expect(refusal({ ROLE: 'worker' }).variable).toBe('REDIS_URL');
    expect(load({ ROLE: 'worker', REDIS_URL: 'redis://redis' }).role).toBe('worker');
  });
});

describe('the browser', () => {
  const browser = (env: NodeJS.ProcessEnv) => {
    const { driver } = loadConfig({ PUPPETEER_EXECUTABLE_PATH: process.execPath, ...env }, host);
    return driver.name === 'whatsapp-web.js' ? driver.browser : null;
  };

  it('is a full one unless its name says headless shell or the variable does', () => {
    expect(browser({})?.headless).toBe('new');
    expect(browser({ BROWSER_HEADLESS: 'shell' })?.headless).toBe('shell');
  });

  it('gets switches with blanks in quotes', () => {
    expect(browser({ BROWSER_ARGS: `--lang=es  --user-agent="A B" '--c=d e'` })?.args).toEqual([
      '--lang=es',
      '--user-agent=A B',
      '--c=d e',
    ]);
  });

  it('is not looked for where none is started', () => {
    const { driver } = loadConfig({ ROLE: 'api', REDIS_URL: 'redis://redis', PATH: '' }, host);
    expect(driver).toEqual({ name: 'whatsapp-web.js', browser: null });
  });
});

describe('a backoff', () => {
  it('has its default base give way to a lower ceiling', () => {
    expect(load({ RECONNECT_MAX_MS: '500' }).session.reconnect).toEqual({ baseMs: 500, maxMs: 500, maxAttempts: 5 });
  });

  it('is refused upside down', () => {
    expect(refusal({ RESTART_BASE_MS: '600', RESTART_MAX_MS: '500' }).variable).toBe('RESTART_MAX_MS');
  });
});

it('settings cannot be changed afterwards', () => {
  const config = load({});
  expect(() => Object.assign(config.http, { port: 1 })).toThrow(TypeError);
});

describe('a clock that tests turn', () => {
  it('is real time unless it is asked for, and may start ahead of it', () => {
    expect(load({}).clock).toEqual({ kind: 'system' });
    expect(load({ TEST_CLOCK: 'controlled' }).clock).toEqual({ kind: 'controlled', aheadMs: 0 });
    expect(load({ TEST_CLOCK: 'controlled+5000' }).clock).toEqual({ kind: 'controlled', aheadMs: 5_000 });
  });

  it('is refused in production, and with real phones', () => {
    expect(
      refusal({ TEST_CLOCK: 'controlled', NODE_ENV: 'production', JWT_SECRET: SECRET, ENCRYPTION_KEYS: `k1:${key(1)}` })
        .message,
    ).toContain('production');
    expect(
      refusal({ TEST_CLOCK: 'controlled', DRIVER: 'whatsapp-web.js', ROLE: 'api', REDIS_URL: 'redis://127.0.0.1:6379' })
        .message,
    ).toContain('DRIVER=simulated');
  });
});
