import { z } from 'zod';

import { choice, duration, integer, LONGEST_MS, url, word } from './values.ts';

const jwksUrl = url(['https:', 'http:'], 'https://id.example.com/.well-known/jwks.json').refine((text) => {
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}, 'must be https, but for this machine itself, since whoever stands between could sign tokens');

const origins = z
  .string()
  .transform((text) => text.split(',').map((origin) => origin.trim()))
  .refine(
    (list) => list.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
    'must be origins with commas between them, without a path',
  );

/** Where the process listens, which part it plays, and how it ends. */
export const processVariables = {
  NODE_ENV: z
    .string()
    .meta({ example: 'production' })
    .optional()
    .describe('`production`: no secret and no key is generated, so both must be given.'),
  HOST: word(/^[A-Za-z0-9.:_-]+$/, 'must be a host name or an address', '127.0.0.1')
    .optional()
    .meta({ defaultValue: '127.0.0.1', description: 'The address that the API listens on.' }),
  PORT: integer(0, 65_535, 3_000)
    .optional()
    .meta({ defaultValue: '3000', description: 'The port of the API; `0` picks a free one and logs it.' }),
  KEEP_ALIVE_TIMEOUT_MS: duration(65_000)
    .optional()
    .meta({ defaultValue: '65000', description: 'How long an idle HTTP connection is kept.' }),
  ROLE: choice(['all', 'api', 'worker'])
    .optional()
    .meta({
      defaultValue: 'all',
      description:
        '`api` serves HTTP and runs no session; `worker` runs sessions and serves only health and metrics. ' +
        'Both need `REDIS_URL`.',
    }),
  NODE_ID: word(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'must be 1 to 64 of A-Z a-z 0-9 . _ - and start with a letter or a digit',
    'node-1',
  )
    .optional()
    .meta({ otherwise: "the host's name and a random suffix", description: "This process's name in the fleet." }),
  SHUTDOWN_TIMEOUT_MS: duration(20_000)
    .optional()
    .meta({ defaultValue: '20000', description: 'The longest time from `SIGTERM` to the exit.' }),
  LAME_DUCK_MS: integer(0, LONGEST_MS, 5_000)
    .optional()
    .meta({
      defaultValue: '5000',
      description:
        'After `SIGTERM`: not ready, but HTTP goes on for so long, a third of `SHUTDOWN_TIMEOUT_MS` at most. Whoever ' +
        'sends requests here has noticed by then.',
    }),
  RATE_LIMIT_PER_MINUTE: integer(0, 1_000_000, 600).optional().meta({
    defaultValue: '600',
    description: 'Requests of one user within a minute, streams not counted, whichever node answers; `0`: no limit.',
  }),
  CORS_ORIGINS: origins
    .meta({ example: 'https://app.example.com,http://localhost:5173' })
    .optional()
    .meta({ otherwise: 'none', description: 'Origins whose pages may call the API, with commas between them.' }),
};

/** Variables of the tokens that are accepted. */
export const tokenVariables = {
  JWT_SECRET: z
    .string()
    .refine((text) => Buffer.byteLength(text) >= 32, {
      error: ({ input }) => `is ${Buffer.byteLength(String(input))} bytes long and must be 32 or more`,
    })
    .meta({ isSecret: true, example: '$(openssl rand -base64 48)' })
    .optional()
    .meta({
      otherwise: 'generated in `DATA_DIR`, but not in production',
      description: 'The secret of HS256 tokens, 32 bytes or more. Not together with `JWT_JWKS_URL`.',
    }),
  JWT_JWKS_URL: jwksUrl
    .meta({ example: 'https://id.example.com/.well-known/jwks.json' })
    .optional()
    .describe("The public keys of an identity provider: RS256, ES256, EdDSA. `https`, or this host's loopback."),
  JWT_JWKS_MAX_STALE_MS: duration(86_400_000).optional().meta({
    defaultValue: '86400000',
    description: 'How long known keys serve on while the provider cannot be reached.',
  }),
  JWT_ISSUER: z
    .string()
    .meta({ example: 'https://id.example.com/' })
    .optional()
    .describe('The `iss` that a token must have.'),
  JWT_AUDIENCE: z
    .string()
    .meta({ example: 'whatsapp-sessions' })
    .optional()
    .describe('The `aud` that a token must have.'),
};

/** Variables of logs and metrics. */
export const observationVariables = {
  LOG_LEVEL: choice(['info', 'trace', 'debug', 'warn', 'error', 'fatal', 'silent'])
    .optional()
    .meta({ defaultValue: 'info', description: 'The least severe lines that are logged.' }),
  LOG_FORMAT: choice(['json', 'pretty'])
    .optional()
    .meta({ otherwise: '`pretty` on a terminal, else `json`', description: 'Lines for programs or for people.' }),
  METRICS_TOKEN: word(/^[\x21-\x7e]{16,}$/, 'must be 16 or more characters without blanks', '$(openssl rand -hex 32)')
    .meta({ isSecret: true, example: '$(openssl rand -hex 32)' })
    .optional()
    .meta({
      otherwise: '`/metrics` is open to callers on the same host only',
      description: 'The bearer token for `/metrics`, 16 characters or more.',
    }),
  TEST_CLOCK: word(
    /^controlled(\+\d{1,13})?$/,
    'must be controlled, and may say how many milliseconds it is ahead',
    'controlled',
  )
    .optional()
    .meta({
      otherwise: "the host's clock",
      description: 'For test suites, with `DRIVER=simulated` only: a clock that the suite moves forward.',
    }),
};
