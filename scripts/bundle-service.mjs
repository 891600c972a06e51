// Packs the built service and its packages into one file, which is what runs: part of the build. It is read in a third of the time that a thousand files take, and of
// what it is made of 13 MB less stay in memory (bench/README.md).
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const BUILT = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist', 'src');

/** What packages of the older kind ask of the file that they are in. */
const OLDER_KIND = `
  import { createRequire as requireFrom } from 'node:module';
  const require = requireFrom(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;
`;

/** What packages bring and nothing here asks for: which modules, and asked for by whom. Whatever needs one all the same fails with its name. */
const LEFT_OUT = [
  // BullMQ's other database, half a megabyte of SQL that is kept twice; other clients; flows, schedules and relays with their scripts.
  { modules: /^\.\/(postgres|flow-producer|queue-events|queue-events-producer|redis-relay-backend|relay|relay-errors|valkey-glide-client)$/, of: '/node_modules/bullmq/' },
  { modules: /^\.\/(relay\w+|\w*JobScheduler|addParentJob)-\d+$/, of: '/node_modules/bullmq/' },
  { modules: /^cron-parser$/, of: '/node_modules/bullmq/' },
  // Zod's messages in forty languages.
  { modules: /^\.\.\/locales\/index\.js$/, of: '/node_modules/zod/' },
];

const failing = (name) => `module.exports = new Proxy({}, { get(_, part) { throw new Error('${name}, which was asked for ' + String(part) + ', is not part of the service'); } });`;

const leaveOut = {
  name: 'leave-out',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ path, importer }) => {
      const isLeftOut = LEFT_OUT.some(({ modules, of }) => modules.test(path) && importer.includes(of));
      return isLeftOut ? { path, namespace: 'left-out' } : undefined;
    });
    onLoad({ filter: /./, namespace: 'left-out' }, ({ path }) => ({ contents: failing(path) }));
  },
};

await build({
  entryPoints: [join(BUILT, 'main.js')],
  outfile: join(BUILT, 'main.bundled.js'),
  ...{ bundle: true, platform: 'node', format: 'esm', target: 'node20', banner: { js: OLDER_KIND }, plugins: [leaveOut] },
  // Names stay as they are, and lines stay short, so that a stack trace tells a place; `--enable-source-maps` tells which of the sources it came from.
  ...{ minifyWhitespace: true, lineLimit: 120, legalComments: 'none', sourcemap: 'linked', sourcesContent: false },
  // Native, or loaded only for a real session or a remote store.
  external: ['msgpackr-extract', 'puppeteer', 'whatsapp-web.js', '@aws-sdk/*', '#*'],
  logLevel: 'error',
});
