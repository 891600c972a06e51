import { build } from 'esbuild';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { ReactUnderTest } from './react-page.ts';

const DIRECTORY = import.meta.dirname;
/** The packages of each React, by the names under which they are installed. */
const ALIASES = { 18: { react: 'react-18', 'react-dom': 'react-dom-18' }, 19: {} };

export type ReactVersion = keyof typeof ALIASES;

/**
 * The page of these tests with one version of React in it. The bundle is written to `directory`, which must outlive the
 * test.
 */
export async function loadReact(reactVersion: ReactVersion, directory: string): Promise<ReactUnderTest> {
  const outfile = join(directory, `react-${reactVersion}.mjs`);
  await build({
    entryPoints: [join(DIRECTORY, 'react-page.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    alias: ALIASES[reactVersion],
    define: { 'process.env.NODE_ENV': '"development"' },
    // React's server part is CommonJS and asks for Node's own modules.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });
  const { react } = (await import(pathToFileURL(outfile).href)) as { react: ReactUnderTest }; // what the entry point exports
  return react;
}
