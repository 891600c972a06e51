import { join, resolve } from 'node:path';

import { findRedis } from '#find-executables';

import { ConfigError, parseEnvironment } from './config-error.ts';
import type { EncryptionKey } from '../domain/encryption-key.ts';
import type { Environment } from './environment.ts';

export type RedisConfig =
  | { readonly kind: 'embedded'; readonly executable: string | null }
  /** May hold a password: never logged. */
  | { readonly kind: 'url'; readonly url: string }
  /** `url`: user, password, database and TLS of the master; its host counts for nothing. */
  | {
      readonly kind: 'sentinel';
      readonly sentinels: readonly { readonly host: string; readonly port: number }[];
      readonly master: string;
      readonly url: string | null;
    };

/** An S3-compatible bucket, and what opens it. */
export interface S3BucketOptions {
  /** `null`: Amazon's own of that region. */
  readonly endpoint: string | null;
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  /** Never logged. */
  readonly secretAccessKey: string;
  /** Whether the bucket is named in the path rather than in the host. */
  readonly pathStyle: boolean;
}

/** An S3-compatible bucket. */
export interface S3Config extends S3BucketOptions {
  readonly kind: 's3';
}

/** Where sealed logins lie. */
export type ArchivesConfig =
  | { readonly kind: 'redis' }
  | { readonly kind: 'directory'; readonly directory: string }
  /** Small ones in Redis, large ones in a directory. */
  | { readonly kind: 'tiered'; readonly directory: string }
  | S3Config;

/**
 * Where everything lies that outlives the process, and the keys that seal it. All that tools need which run no session.
 */
export interface StorageConfig {
  readonly dataDir: string;
  readonly redis: RedisConfig;
  readonly redisPrefix: string;
  /** Whether the prefix was chosen: else a cluster gets one of its own. */
  readonly isRedisPrefixGiven: boolean;
  /** The first seals, all open; `null` when none was given: one is made in the data directory. Never in production. */
  readonly encryptionKeys: readonly [EncryptionKey, ...EncryptionKey[]] | null;
  readonly archives: ArchivesConfig;
}

/** Reads this much out of an environment, which may say anything about the rest. Throws a {@link ConfigError}. */
export function loadStorageConfig(env: NodeJS.ProcessEnv): StorageConfig {
  const names = [
    'NODE_ENV',
    'DATA_DIR',
    'REDIS_URL',
    'REDIS_SENTINELS',
    'REDIS_MASTER',
    'REDIS_PREFIX',
    'ENCRYPTION_KEYS',
  ] as const;
  const ours = Object.entries(env).filter(([name]) => name.startsWith('VAULT_') || names.some((one) => one === name));
  return storageConfig(parseEnvironment(Object.fromEntries(ours)), env);
}

/** The same, of an environment that is parsed already. `env` says where a Redis is looked for. */
export function storageConfig(given: Environment, env: NodeJS.ProcessEnv): StorageConfig {
  const dataDir = resolve(given.DATA_DIR ?? 'data');
  const redis = redisConfig(given, env);
  return {
    dataDir,
    redis,
    redisPrefix: given.REDIS_PREFIX ?? 'wa',
    isRedisPrefixGiven: given.REDIS_PREFIX !== undefined,
    encryptionKeys: encryptionKeys(given),
    archives: archivesConfig(given, dataDir, redis),
  };
}

function redisConfig(given: Environment, env: NodeJS.ProcessEnv): RedisConfig {
  const { REDIS_URL: url, REDIS_SENTINELS: sentinels, REDIS_MASTER: master } = given;
  if (sentinels !== undefined && master !== undefined) return { kind: 'sentinel', sentinels, master, url: url ?? null };
  if (sentinels !== undefined)
    throw new ConfigError('REDIS_MASTER', 'must be set with REDIS_SENTINELS: the name of the master, such as mymaster');
  if (master !== undefined)
    throw new ConfigError('REDIS_SENTINELS', 'must be set with REDIS_MASTER: such as sentinel1:26379,sentinel2:26379');
  return url === undefined ? { kind: 'embedded', executable: findRedis(env) } : { kind: 'url', url };
}

function encryptionKeys(given: Environment): StorageConfig['encryptionKeys'] {
  if (given.ENCRYPTION_KEYS !== undefined) return given.ENCRYPTION_KEYS;
  // An API process neither seals nor opens, so it need not have the keys.
  if (given.NODE_ENV !== 'production' || given.ROLE === 'api') return null;
  throw new ConfigError(
    'ENCRYPTION_KEYS',
    'must be set in production, where no key is generated. Keep a copy apart from the backups of the data: without it they are worthless',
  );
}

/**
 * Nodes that share a Redis share the small logins in it; a Redis of one's own lies on the disk where a directory does,
 * and would hold them in memory as well.
 */
function archivesConfig(given: Environment, dataDir: string, redis: RedisConfig): ArchivesConfig {
  const wanted = given.VAULT_STORE ?? 'auto';
  const isS3 = wanted === 's3' || (wanted === 'auto' && given.VAULT_S3_BUCKET !== undefined);
  if (isS3) return s3Config(given);
  const directory = given.VAULT_DIR === undefined ? join(dataDir, 'archives') : resolve(given.VAULT_DIR);
  if (wanted === 'auto' && redis.kind !== 'embedded') return { kind: 'tiered', directory };
  if (wanted === 'redis') {
    if (given.VAULT_DIR !== undefined)
      throw new ConfigError(
        'VAULT_DIR',
        'says nothing while archives lie in Redis: set VAULT_STORE=directory, or unset it',
      );
    return { kind: 'redis' };
  }
  return { kind: 'directory', directory };
}

function s3Config(given: Environment): S3Config {
  const demand = (variable: 'VAULT_S3_BUCKET' | 'VAULT_S3_ACCESS_KEY_ID' | 'VAULT_S3_SECRET_ACCESS_KEY'): string => {
    const value = given[variable];
    if (value === undefined) throw new ConfigError(variable, 'must be set where archives lie in object storage');
    return value;
  };
  return {
    kind: 's3',
    endpoint: given.VAULT_S3_ENDPOINT ?? null,
    bucket: demand('VAULT_S3_BUCKET'),
    region: given.VAULT_S3_REGION ?? 'us-east-1',
    accessKeyId: demand('VAULT_S3_ACCESS_KEY_ID'),
    secretAccessKey: demand('VAULT_S3_SECRET_ACCESS_KEY'),
    // Amazon wants the bucket in the host; few others have a name for each bucket.
    pathStyle: given.VAULT_S3_PATH_STYLE ?? given.VAULT_S3_ENDPOINT !== undefined,
  };
}
