// Packs whatsapp-web.js and Puppeteer's browser side into one file, which each session's thread runs
// (src/whatsapp/web/isolate/library-bundle.ts): part of the build.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Script } from 'node:vm';

import { build } from 'esbuild';

import { LEAN } from './lean-node.mjs';
import { leaveOut } from './leave-out.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const BUNDLE = join(ROOT, 'dist', 'src', 'whatsapp', 'web', 'isolate', 'library-bundle.cjs');
/** Told to itself, as Node with other flags. */
const COMPILE = '--compile';

const PARTS = `
  export { connect } from 'puppeteer-core/internal/puppeteer-core-browser.js';
  export { default as Client } from 'whatsapp-web.js/src/Client.js';
`;
/** Asked of whoever runs the bundle, as whatever else a package of another name is. */
const OWN = ['whatsapp-web.js', 'puppeteer-core'];

/**
 * Puppeteer's table of phones and tablets: of no use to a page that is one of WhatsApp Web's, and kept by each thread.
 */
const DEVICES = /\/puppeteer-core\/lib\/esm\/puppeteer\/common\/Device\.js$/;

/** All but the two packages' own code stays outside; what they load when it is needed, too. */
const ownCodeOnly = {
  name: 'own-code-only',
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ path, kind, resolveDir }) => {
      if (kind === 'dynamic-import') return { path: publicName(resolve(resolveDir, path), path), external: true };
      const isOwn = path.startsWith('.') || OWN.some((name) => path.startsWith(`${name}/`));
      return isOwn ? undefined : { path, external: true };
    });
  },
};

/** The name by which the rest of Puppeteer is found from anywhere. */
function publicName(file, path) {
  const inside = `puppeteer-core${sep}lib${sep}esm${sep}puppeteer${sep}`;
  const at = file.lastIndexOf(inside);
  return path.startsWith('.') && at !== -1 ? `puppeteer-core/internal/${relative(inside, file.slice(at))}` : path;
}

/** Writes the bundle, and beside it what V8 makes of it, for this version of Node as the service is started. */
export async function bundleLibrary(outfile) {
  await build({
    stdin: { contents: PARTS, resolveDir: ROOT },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    plugins: [leaveOut([DEVICES]), ownCodeOnly],
    // Nothing else is made smaller: functions of the library are sent to the page as they stand here.
    minifyWhitespace: true,
    legalComments: 'none',
    // What is loaded later is asked for like the rest: code that comes from a cache cannot import.
    supported: { 'dynamic-import': false },
    banner: { js: '(function (exports, require) { const module = { exports };' },
    footer: { js: 'Object.defineProperties(exports, Object.getOwnPropertyDescriptors(module.exports)); })' },
  });
  // V8 takes compiled code only under the flags that it was compiled under.
  await promisify(execFile)(process.execPath, [...LEAN.args, fileURLToPath(import.meta.url), COMPILE, outfile]);
}

/** Writes beside the bundle what V8 makes of it. */
function compile(bundle) {
  const script = new Script(readFileSync(bundle, 'utf8'), { filename: bundle });
  const require = createRequire(join(ROOT, 'node_modules', 'whatsapp-web.js', 'index.js'));
  // What loading runs is compiled now, and therefore part of it.
  script.runInThisContext()({}, (name) => (isBuiltin(name) ? require(name) : { setFfmpegPath() {} }));
  writeFileSync(`${bundle}.cache`, script.createCachedData());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , step, bundle] = process.argv;
  if (step === COMPILE) compile(bundle);
  else await bundleLibrary(BUNDLE);
}
