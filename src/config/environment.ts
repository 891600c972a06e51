import { existsSync } from 'node:fs';
import { z } from 'zod';

import { isExecutable } from '#find-executables';

import { encryptionKeysSchema } from './encryption-keys.ts';

/** `setTimeout` turns anything longer into 1 ms. */
const LONGEST_MS = 2_147_483_647;
const HIGHEST_COUNT = 1_000_000;

declare module 'zod' {
  interface GlobalMeta {
    /** A value that would do, shown with the variable's name when another was refused. */
    example?: string;
    /** A value that is never shown, not even when it is refused. */
    isSecret?: boolean;
  }
}

function integer(min: number, max: number, example: number) {
  const fault = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, fault)
    .transform(Number)
    .refine((number) => number >= min && number <= max, fault)
    .meta({ example: String(example) });
}

const count = (example: number) => integer(1, HIGHEST_COUNT, example);
const duration = (example: number) => integer(1, LONGEST_MS, example);

/** A part of a whole; 0 switches off. */
function fraction(example: string) {
  return z
    .string()
    .regex(/^(0|1|0?\.\d{1,6}|1\.0{1,6})$/, 'must be a number from 0 to 1')
    .transform(Number)
    .meta({ example });
}

function choice<const T extends readonly [string, ...string[]]>(values: T) {
  const listed = `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
  return z.enum(values, { error: `must be ${listed}` }).meta({ example: values[0] });
}

function url(protocols: readonly string[], example: string) {
  return z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `must be a URL that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`,
    )
    .meta({ example });
}

const jwksUrl = url(['https:', 'http:'], 'https://id.example.com/.well-known/jwks.json').refine((text) => {
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}, 'must be https, but for this machine itself, since whoever stands between could sign tokens');

const s3Endpoint = url(['https:', 'http:'], 'https://minio.example.com').refine((text) => {
  const { pathname, search, username, password } = new URL(text);
  return pathname === '/' && [search, username, password].join('') === '';
}, 'must be scheme, host and port alone: bucket and keys have variables of their own');

/** Switches that would take a browser out of its owner's hands. */
const FORBIDDEN_SWITCH = /^--(user-data-dir|profile-directory|remote-debugging-(port|address|pipe)|headless)(=|$)/;

/** Words apart by blanks; a quoted part keeps its own. */
const browserArgs = z
  .string()
  .transform((text) =>
    [...text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) =>
      word.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2'),
    ),
  )
  .refine((words) => words.every((word) => word.startsWith('--')), 'must be switches that begin with --')
  .refine(
    (words) => !words.some((word) => FORBIDDEN_SWITCH.test(word)),
    'must leave profile, debugging and headless mode to the service',
  )
  // A proxy's address may hold a password.
  .meta({ isSecret: true, example: '--lang=es --proxy-server=http://127.0.0.1:3128' });

const origins = z
  .string()
  .transform((text) => text.split(',').map((origin) => origin.trim()))
  .refine(
    (list) => list.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
    'must be origins with commas between them, without a path',
  )
  .meta({ example: 'https://app.example.com,http://localhost:5173' });

const word = (pattern: RegExp, fault: string, example: string) => z.string().regex(pattern, fault).meta({ example });

/** Every variable the service reads, as text on the left and as it is used on the right. Empty is unset. */
export const environmentSchema = z.object({
  NODE_ENV: z.string().meta({ example: 'production' }).optional(),
  HOST: word(/^[A-Za-z0-9.:_-]+$/, 'must be a host name or an address', '127.0.0.1').optional(),
  PORT: integer(0, 65_535, 3_000).optional(),
  KEEP_ALIVE_TIMEOUT_MS: duration(65_000).optional(),
  DATA_DIR: z.string().meta({ example: './data' }).optional(),
  REDIS_URL: url(['redis:', 'rediss:'], 'redis://127.0.0.1:6379')
    .meta({ isSecret: true, example: 'redis://127.0.0.1:6379' })
    .optional(),
  REDIS_PREFIX: word(/^[A-Za-z0-9_.{}-]{1,32}$/, 'must be 1 to 32 of A-Z a-z 0-9 _ . { } -', 'wa').optional(),
  ROLE: choice(['all', 'api', 'worker']).optional(),
  NODE_ID: word(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'must be 1 to 64 of A-Z a-z 0-9 . _ - and start with a letter or a digit',
    'node-1',
  ).optional(),
  JWT_SECRET: z
    .string()
    .refine((text) => Buffer.byteLength(text) >= 32, {
      error: ({ input }) => `is ${Buffer.byteLength(String(input))} bytes long and must be 32 or more`,
    })
    .meta({ isSecret: true, example: '$(openssl rand -base64 48)' })
    .optional(),
  JWT_JWKS_URL: jwksUrl.meta({ example: 'https://id.example.com/.well-known/jwks.json' }).optional(),
  JWT_JWKS_MAX_STALE_MS: duration(86_400_000).optional(),
  JWT_ISSUER: z.string().meta({ example: 'https://id.example.com/' }).optional(),
  JWT_AUDIENCE: z.string().meta({ example: 'whatsapp-sessions' }).optional(),
  ENCRYPTION_KEYS: encryptionKeysSchema.meta({ isSecret: true, example: 'k1:$(openssl rand -base64 32)' }).optional(),
  VAULT_STORE: choice(['auto', 'redis', 'directory', 's3']).optional(),
  VAULT_DIR: z.string().meta({ example: './data/archives' }).optional(),
  VAULT_S3_ENDPOINT: s3Endpoint.meta({ example: 'https://minio.example.com' }).optional(),
  VAULT_S3_BUCKET: word(
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    "must be a bucket's name: 3 to 63 of a-z 0-9 . -",
    'whatsapp-logins',
  ).optional(),
  VAULT_S3_REGION: word(/^[a-z0-9-]{1,40}$/, 'must be a region: a-z 0-9 -', 'eu-central-1').optional(),
  VAULT_S3_ACCESS_KEY_ID: word(
    /^[\x21-\x7e]{1,128}$/,
    'must be 1 to 128 characters without blanks',
    'AKIAIOSFODNN7EXAMPLE',
  ).optional(),
  VAULT_S3_SECRET_ACCESS_KEY: word(
    /^[\x21-\x7e]{8,256}$/,
    'must be 8 to 256 characters without blanks',
    '$(cat s3-secret)',
  )
    .meta({ isSecret: true, example: '$(cat s3-secret)' })
    .optional(),
  VAULT_S3_PATH_STYLE: choice(['true', 'false'])
    .transform((text) => text === 'true')
    .meta({ example: 'true' })
    .optional(),
  MAX_SESSIONS: count(100).optional(),
  MAX_SESSIONS_PER_USER: count(5).optional(),
  USER_LIMIT_POLICY: choice(['reject', 'evict-oldest']).optional(),
  NODE_CAPACITY: count(20).optional(),
  MAX_CONCURRENT_LAUNCHES: count(2).optional(),
  DRIVER: choice(['whatsapp-web.js', 'simulated']).optional(),
  PUPPETEER_EXECUTABLE_PATH: z
    .string()
    .refine(existsSync, 'must be the path of a browser; there is no such file')
    .refine(isExecutable, 'must be the path of a browser; this is no file that can be run')
    .meta({ example: '/usr/lib/chromium/chromium-headless-shell' })
    .optional(),
  BROWSER_HEADLESS: choice(['auto', 'shell', 'new']).optional(),
  BROWSER_ARGS: browserArgs.optional(),
  PROFILE_DIR: z.string().meta({ example: './data/profiles' }).optional(),
  LAUNCH_TIMEOUT_MS: duration(60_000).optional(),
  SYNC_TIMEOUT_MS: duration(120_000).optional(),
  QR_WINDOW_MS: duration(180_000).optional(),
  PROBE_INTERVAL_MS: duration(30_000).optional(),
  RECONNECT_BASE_MS: duration(1_000).optional(),
  RECONNECT_MAX_MS: duration(60_000).optional(),
  RECONNECT_MAX_ATTEMPTS: integer(0, HIGHEST_COUNT, 5).optional(),
  RESTART_BASE_MS: duration(30_000).optional(),
  RESTART_MAX_MS: duration(300_000).optional(),
  RESTART_INTENSITY: integer(0, HIGHEST_COUNT, 5).optional(),
  RESTART_PERIOD_MS: duration(3_600_000).optional(),
  BREAKER_THRESHOLD: count(5).optional(),
  BREAKER_RESET_MS: duration(60_000).optional(),
  PRESSURE_MEMORY: fraction('0.9').optional(),
  PRESSURE_CPU: fraction('0.95').optional(),
  RECYCLE_AFTER_MS: integer(0, LONGEST_MS, 86_400_000).optional(),
  RECYCLE_RSS_MB: integer(0, HIGHEST_COUNT, 1_500).optional(),
  SHUTDOWN_TIMEOUT_MS: duration(20_000).optional(),
  TEST_CLOCK: word(
    /^controlled(\+\d{1,13})?$/,
    'must be controlled, and may say how many milliseconds it is ahead',
    'controlled',
  ).optional(),
  LOG_LEVEL: choice(['info', 'trace', 'debug', 'warn', 'error', 'fatal', 'silent']).optional(),
  LOG_FORMAT: choice(['json', 'pretty']).optional(),
  CORS_ORIGINS: origins.optional(),
  METRICS_TOKEN: word(/^[\x21-\x7e]{16,}$/, 'must be 16 or more characters without blanks', '$(openssl rand -hex 32)')
    .meta({ isSecret: true, example: '$(openssl rand -hex 32)' })
    .optional(),
});

export type Environment = z.infer<typeof environmentSchema>;
export type Variable = keyof Environment;
