// Packs the built service and its packages into one file, which is what runs: part of the build. It is read in a third
// of the time that a thousand files take, and of what it is made of 13 MB less stay in memory (docs/benchmarks.md).
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

import { leaveOut } from './leave-out.mjs';

const BUILT = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist', 'src');

/** What packages of the older kind ask of the file that they are in. */
const OLDER_KIND = `
  import { createRequire as requireFrom } from 'node:module';
  const require = requireFrom(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;
`;

/** What packages bring and nothing here asks for. */
const LEFT_OUT = [
  // BullMQ's other database, half a megabyte of SQL that is kept twice; other clients; flows, schedules and relays with
  // their scripts.
  /\/bullmq\/dist\/cjs\/postgres\//,
  /\/bullmq\/dist\/cjs\/classes\/(flow-producer|queue-events|queue-events-producer|redis-relay-backend|relay|relay-errors|valkey-glide-client)\.js$/,
  /\/bullmq\/dist\/cjs\/scripts\/(relay\w+|\w*JobScheduler|addParentJob)-\d+\.js$/,
  /\/node_modules\/cron-parser\//,
  // Zod's messages in forty languages.
  /\/zod\/v4\/locales\/index\.js$/,
];

await build({
  entryPoints: [join(BUILT, 'main.js')],
  outfile: join(BUILT, 'main.bundled.js'),
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  banner: { js: OLDER_KIND },
  plugins: [leaveOut(LEFT_OUT)],
  minifyWhitespace: true,
  lineLimit: 120,
  legalComments: 'none',
  sourcemap: 'linked',
  sourcesContent: false,
  external: ['msgpackr-extract', 'puppeteer', 'whatsapp-web.js', '@aws-sdk/*', '#*'],
  logLevel: 'error',
});
