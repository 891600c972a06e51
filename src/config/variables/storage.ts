import { z } from 'zod';

import { encryptionKeysSchema } from '../encryption-keys.ts';
import { choice, url, word } from './values.ts';

const s3Endpoint = url(['https:', 'http:'], 'https://minio.example.com').refine((text) => {
  const { pathname, search, username, password } = new URL(text);
  return pathname === '/' && [search, username, password].join('') === '';
}, 'must be scheme, host and port alone: bucket and keys have variables of their own');

const SENTINEL = /^([A-Za-z0-9.-]{1,253}):(\d{1,5})$/;

/** Where records and events lie. */
export const storeVariables = {
  DATA_DIR: z.string().meta({ example: './data' }).optional().meta({
    defaultValue: './data',
    description: "The embedded Redis's files, generated secrets (0600), and sealed archives.",
  }),
  REDIS_URL: url(['redis:', 'rediss:'], 'redis://127.0.0.1:6379')
    .meta({ isSecret: true, example: 'redis://127.0.0.1:6379' })
    .optional()
    .meta({
      otherwise: 'an embedded Redis on a private socket, with its data in `DATA_DIR`',
      description: 'A Redis 7.0 or newer, or a Valkey, that nodes share. `rediss://` for TLS.',
    }),
  REDIS_SENTINELS: z
    .string()
    .refine((text) => text.split(',').every((one) => SENTINEL.test(one)), 'must be host:port, several with commas')
    .transform((text) =>
      text.split(',').map((one) => {
        const [, host = '', port = ''] = SENTINEL.exec(one) ?? [];
        return { host, port: Number(port) };
      }),
    )
    .meta({ example: 'sentinel1:26379,sentinel2:26379' })
    .optional()
    .describe('Sentinels, `host:port` with commas; with `REDIS_MASTER`. `REDIS_URL` then only says user and password.'),
  REDIS_MASTER: word(/^[A-Za-z0-9._-]{1,64}$/, 'must be a name: 1 to 64 of A-Z a-z 0-9 . _ -', 'mymaster')
    .optional()
    .describe('What the sentinels call the master; with `REDIS_SENTINELS`.'),
  REDIS_PREFIX: word(/^[A-Za-z0-9_.{}-]{1,32}$/, 'must be 1 to 32 of A-Z a-z 0-9 _ . { } -', 'wa')
    .optional()
    .meta({
      otherwise: '`wa`, `{wa}` on a cluster',
      description: 'The prefix of every key in Redis. On a cluster `{wa}`, which keeps all in one slot.',
    }),
};

/** Where sealed credentials lie, and the keys that seal them. */
export const vaultVariables = {
  ENCRYPTION_KEYS: encryptionKeysSchema
    .meta({ isSecret: true, example: 'k1:$(openssl rand -base64 32)' })
    .optional()
    .meta({
      otherwise: 'generated in `DATA_DIR`, but not in production',
      description: '`name:key` with 32 bytes in base64, several with commas: the first seals, all open.',
    }),
  VAULT_STORE: choice(['auto', 'redis', 'directory', 's3'])
    .optional()
    .meta({
      defaultValue: 'auto',
      description:
        'Where archives lie. `auto`: the bucket if one is named, else with `REDIS_URL` small ones in Redis and ' +
        'large ones in the directory, else the directory.',
    }),
  VAULT_DIR: z
    .string()
    .meta({ example: './data/archives' })
    .optional()
    .meta({ otherwise: '`DATA_DIR/archives`', description: 'The directory of archives.' }),
  VAULT_S3_BUCKET: word(
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    "must be a bucket's name: 3 to 63 of a-z 0-9 . -",
    'whatsapp-logins',
  )
    .optional()
    .describe('The bucket of an S3-compatible store.'),
  VAULT_S3_ENDPOINT: s3Endpoint
    .meta({ example: 'https://minio.example.com' })
    .optional()
    .meta({ otherwise: 'Amazon', description: 'Scheme, host and port of a store that is not Amazon’s.' }),
  VAULT_S3_REGION: word(/^[a-z0-9-]{1,40}$/, 'must be a region: a-z 0-9 -', 'eu-central-1')
    .optional()
    .meta({ otherwise: '`us-east-1`', description: "The bucket's region." }),
  VAULT_S3_ACCESS_KEY_ID: word(
    /^[\x21-\x7e]{1,128}$/,
    'must be 1 to 128 characters without blanks',
    'AKIAIOSFODNN7EXAMPLE',
  )
    .optional()
    .describe("The bucket's access key; needed with a bucket."),
  VAULT_S3_SECRET_ACCESS_KEY: word(
    /^[\x21-\x7e]{8,256}$/,
    'must be 8 to 256 characters without blanks',
    '$(cat s3-secret)',
  )
    .meta({ isSecret: true, example: '$(cat s3-secret)' })
    .optional()
    .describe("The access key's secret; needed with a bucket."),
  VAULT_S3_PATH_STYLE: choice(['true', 'false'])
    .transform((text) => text === 'true')
    .meta({ example: 'true' })
    .optional()
    .meta({
      otherwise: '`true` with `VAULT_S3_ENDPOINT`, else `false`',
      description: 'The bucket is named in the path, not in the host.',
    }),
};
