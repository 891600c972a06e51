// Makes the client a package of its own in dist/client-package: part of the build. `npm pack ./dist/client-package`
// makes the file that frontends install. Why it is one: docs/decisions/0009-client-package.md.
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { runCommand } from './run-command.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const PACKAGE = join(ROOT, 'dist', 'client-package');
const TSC = join(ROOT, 'node_modules', '.bin', 'tsc');
/** In declarations, unlike in code, the compiler leaves imports as they stand in the sources. */
const IMPORT_OF_SOURCE = /(from|import\() ?'(\.{1,2}\/[^']+)\.ts'/g;

const { version, license, engines, peerDependencies, peerDependenciesMeta } = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8'),
);

const manifest = {
  name: 'whatsapp-session-client',
  version,
  description: 'Typed client, live sessions and React hook for the whatsapp-session-supervisor service.',
  keywords: ['whatsapp', 'client', 'react', 'sse'],
  license,
  type: 'module',
  sideEffects: false,
  main: './index.js',
  types: './index.d.ts',
  exports: {
    '.': { types: './index.d.ts', default: './index.js' },
    './react': { types: './react/index.d.ts', default: './react/index.js' },
    './package.json': './package.json',
  },
  files: ['*.js', '*.d.ts', 'react'],
  engines,
  peerDependencies,
  peerDependenciesMeta,
};

rmSync(PACKAGE, { recursive: true, force: true });
const compiled = await runCommand(TSC, ['-p', 'tsconfig.client.json'], { cwd: ROOT });
if (!compiled.ok) throw new Error(`The client does not compile by itself:\n${compiled.output}`);
for (const name of readdirSync(PACKAGE, { recursive: true }).filter((file) => file.endsWith('.d.ts'))) {
  const file = join(PACKAGE, name);
  writeFileSync(file, readFileSync(file, 'utf8').replace(IMPORT_OF_SOURCE, "$1 '$2.js'"));
}
writeFileSync(join(PACKAGE, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
copyFileSync(join(ROOT, 'src', 'client', 'README.md'), join(PACKAGE, 'README.md'));
copyFileSync(join(ROOT, 'LICENSE'), join(PACKAGE, 'LICENSE'));
