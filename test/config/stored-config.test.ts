import { describe, expect, it } from 'vitest';

import { ConfigError } from '../../src/config/config-error.ts';
import { loadStorageConfig } from '../../src/config/storage-config.ts';
import { key, load, refusal, SECRET } from './loaded-config.ts';

describe('encryption keys', () => {
  it('are read in their order: the first seals', () => {
    const keys = load({ ENCRYPTION_KEYS: `new:${key(1)}, old:${key(2)}` }).encryptionKeys;
    expect(keys?.map(({ kid, key: bytes }) => [kid, bytes.length, bytes[0]])).toEqual([
      ['new', 32, 1],
      ['old', 32, 2],
    ]);
  });

  it('are taken in the alphabet of URLs and without padding too', () => {
    const encoded = Buffer.alloc(32, 0xff).toString('base64url');
    expect(load({ ENCRYPTION_KEYS: `k1:${encoded}` }).encryptionKeys?.[0].key).toEqual(Buffer.alloc(32, 0xff));
  });

  const short = Buffer.alloc(31, 7).toString('base64');
  it.each([
    ['a key alone', key(3), 'has no colon between name and key'],
    ['a name with a blank in it', `my key:${key(3)}`, 'has a name that is not 1 to 32 of A-Z a-z 0-9 _ -'],
    ['no name', `:${key(3)}`, 'has a name that is not 1 to 32 of A-Z a-z 0-9 _ -'],
    ['another alphabet', `k2:${key(3)}!`, 'has a key that is not base64'],
    ['no key', 'k2:', 'has a key that is not base64'],
    ['a key that is too short', `k2:${short}`, 'has a key of 31 bytes'],
    ['a key in hexadecimal', `k2:${Buffer.alloc(32, 7).toString('hex')}`, 'has a key of 48 bytes'],
    ['a name that was used', `k1:${key(3)}`, 'has the name of entry 1'],
    ['a new name for the same key', `k2:${key(1)}`, 'has the key of entry 1'],
    ['nothing behind a comma', '', 'has no colon between name and key'],
  ])('are refused where the second is %s, by its number and without a part of it', (_, entry, fault) => {
    const { message } = refusal({ ENCRYPTION_KEYS: `k1:${key(1)},${entry}` });
    expect(message).toContain(`; entry 2 ${fault}. Example: ENCRYPTION_KEYS=k1:`);
    for (const part of [key(1), key(3).slice(0, 20), short.slice(0, 20)]) expect(message).not.toContain(part);
  });

  it('must be given in production, to whoever seals', () => {
    const production = { NODE_ENV: 'production', JWT_SECRET: SECRET };
    expect(refusal(production).variable).toBe('ENCRYPTION_KEYS');
    expect(load({ ...production, ROLE: 'api', REDIS_URL: 'redis://redis' }).encryptionKeys).toBeNull();
    expect(load({}).encryptionKeys).toBeNull();
  });
});

describe('sealed archives', () => {
  const bucket = { VAULT_S3_BUCKET: 'logins', VAULT_S3_ACCESS_KEY_ID: 'id', VAULT_S3_SECRET_ACCESS_KEY: 'a-secret' };

  it('lie on the disk beside an embedded Redis; the small ones in a Redis that nodes share', () => {
    expect(load({ DATA_DIR: '/srv/wa' }).archives).toEqual({ kind: 'directory', directory: '/srv/wa/archives' });
    expect(load({ DATA_DIR: '/srv/wa', REDIS_URL: 'redis://redis' }).archives).toEqual({
      kind: 'tiered',
      directory: '/srv/wa/archives',
    });
  });

  it('lie where the variable says', () => {
    expect(load({ VAULT_STORE: 'redis' }).archives).toEqual({ kind: 'redis' });
    expect(load({ VAULT_STORE: 'directory', VAULT_DIR: '/mnt/shared', REDIS_URL: 'redis://redis' }).archives).toEqual({
      kind: 'directory',
      directory: '/mnt/shared',
    });
  });

  it('lie in a bucket as soon as one is named, its name in the path unless it is Amazon’s', () => {
    const amazon = {
      kind: 's3',
      endpoint: null,
      bucket: 'logins',
      region: 'us-east-1',
      accessKeyId: 'id',
      secretAccessKey: 'a-secret',
      pathStyle: false,
    };
    expect(load({ ...bucket, REDIS_URL: 'redis://redis' }).archives).toEqual(amazon);
    const own = { ...bucket, VAULT_S3_ENDPOINT: 'http://minio:9000', VAULT_S3_REGION: 'eu-central-1' };
    expect(load(own).archives).toEqual({
      ...amazon,
      endpoint: 'http://minio:9000',
      region: 'eu-central-1',
      pathStyle: true,
    });
    expect(load({ ...own, VAULT_S3_PATH_STYLE: 'false' }).archives).toMatchObject({ pathStyle: false });
  });

  it.each(Object.keys(bucket))('in a bucket need %s', (missing) => {
    expect(refusal({ ...bucket, [missing]: undefined, VAULT_STORE: 's3' }).variable).toBe(missing);
  });

  it('have no directory while they lie in Redis', () => {
    expect(refusal({ VAULT_STORE: 'redis', VAULT_DIR: '/mnt/shared' }).variable).toBe('VAULT_DIR');
  });
});

describe('the settings of what is stored', () => {
  it('are read without a browser, a secret or a sound setting of anything else', () => {
    const { dataDir, redisPrefix } = loadStorageConfig({
      PATH: '',
      PORT: 'none',
      ROLE: 'worker',
      DATA_DIR: '/srv/wa',
      REDIS_PREFIX: 'wb',
    });
    expect({ dataDir, redisPrefix }).toEqual({ dataDir: '/srv/wa', redisPrefix: 'wb' });
  });

  it('are refused as all settings are', () => {
    expect(() => loadStorageConfig({ ENCRYPTION_KEYS: 'k1' })).toThrow(ConfigError);
    expect(() => loadStorageConfig({ NODE_ENV: 'production' })).toThrow('ENCRYPTION_KEYS must be set in production');
  });
});

it('renewal and the watch over memory and processor can be switched off, and set', () => {
  expect(load({ RECYCLE_AFTER_MS: '0', RECYCLE_RSS_MB: '0' }).recycle).toEqual({ afterMs: 0, rssMb: 0 });
  expect(load({ PRESSURE_MEMORY: '0', PRESSURE_CPU: '0' }).pressure).toEqual({ memory: 0, cpu: 0 });
  expect(load({ PRESSURE_MEMORY: '.75', PRESSURE_CPU: '1' }).pressure).toEqual({ memory: 0.75, cpu: 1 });
});
