// Packs the built service and its packages into one file, which the test kit starts (src/client/testing/service-process.ts): part of the build.
// One file is read in a third of the time that a thousand take. Only simulated sessions run on it: the real driver looks for its threads beside its own source.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const BUILT = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist', 'src');

/** What packages of the older kind ask of the file that they are in. */
const OLDER_KIND = `
  import { createRequire as requireFrom } from 'node:module';
  const require = requireFrom(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;
`;

await build({
  entryPoints: [join(BUILT, 'main.js')],
  outfile: join(BUILT, 'main.bundled.js'),
  ...{ bundle: true, platform: 'node', format: 'esm', target: 'node20', banner: { js: OLDER_KIND } },
  // Names stay: errors say theirs.
  ...{ minifyWhitespace: true, minifySyntax: true, keepNames: true, legalComments: 'none' },
  // Native, or loaded only for a real session or a remote store.
  external: ['msgpackr-extract', 'puppeteer', 'whatsapp-web.js', '@aws-sdk/*', '#*'],
  logLevel: 'error',
});
