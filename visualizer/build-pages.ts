import { context, type BuildOptions, type Metafile, type Plugin } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { publishPages } from './publish-pages.ts';

const SOURCES = fileURLToPath(new URL('..', import.meta.url));
/** The pages, by the file that each becomes. */
const PAGES = { index: 'console', visualizer: 'visualizer/page', docs: 'console/docs' } as const;

/** What a document names, by file name. */
interface Assets {
  readonly script: string;
  /** What the script needs at once. */
  readonly parts: readonly string[];
  readonly styles: string | null;
}

/**
 * Bundles each page into `directory`: documents, assets with a hash of their content in their names, and everything
 * once more as brotli and as gzip. With `watch` again after each change of a source, until the process ends; for
 * development, unminified.
 */
export async function buildPages(
  directory: string,
  { watch = false }: { readonly watch?: boolean } = {},
): Promise<void> {
  const building = await context(optionsFor(directory, watch));
  if (watch) return building.watch();
  await building.rebuild();
  return building.dispose();
}

function optionsFor(directory: string, watch: boolean): BuildOptions {
  return {
    entryPoints: Object.entries(PAGES).map(([out, page]) => ({ in: join(SOURCES, page, 'main.tsx'), out })),
    outdir: join(directory, 'assets'),
    entryNames: '[name]-[hash]',
    chunkNames: 'part-[hash]',
    // What several pages need is loaded once, and what is looked at rarely only then.
    splitting: true,
    assetNames: '[name]-[hash]',
    bundle: true,
    format: 'esm',
    target: ['es2022', 'chrome111', 'firefox113', 'safari16.4'],
    jsx: 'automatic',
    minify: !watch,
    sourcemap: watch ? 'linked' : false,
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': watch ? '"development"' : '"production"' },
    loader: { '.svg': 'file' },
    metafile: true,
    write: false,
    logLevel: 'warning',
    plugins: [writer(directory)],
  };
}

/** Publishes what was built once all of it is there. */
function writer(directory: string): Plugin {
  return {
    name: 'pages',
    setup: (build) => {
      build.onEnd(async ({ outputFiles = [], metafile, errors }) => {
        if (errors.length > 0 || metafile === undefined) return;
        const documents = new Map([['icon.svg', await readFile(join(SOURCES, 'visualizer', 'shared', 'icon.svg'))]]);
        for (const name of Object.keys(PAGES))
          documents.set(`${name}.html`, Buffer.from(documentOf(assetsOf(metafile, name))));
        await publishPages(directory, {
          assets: new Map(outputFiles.map(({ path, contents }) => [basename(path), contents])),
          documents,
        });
      });
    },
  };
}

/** Throws when the page was not built. */
function assetsOf({ outputs }: Metafile, page: string): Assets {
  const script = Object.keys(outputs).find((path) => basename(path).startsWith(`${page}-`) && path.endsWith('.js'));
  if (script === undefined) throw new Error(`There is no script of the page "${page}"`);
  const parts = new Set<string>();
  const collect = (path: string): void => {
    for (const { path: part, kind } of outputs[path]?.imports ?? []) {
      if (kind !== 'import-statement' || parts.has(part)) continue;
      parts.add(part);
      collect(part);
    }
  };
  collect(script);
  const { cssBundle } = outputs[script] ?? {};
  return {
    script: basename(script),
    parts: [...parts].map((path) => basename(path)),
    styles: cssBundle === undefined ? null : basename(cssBundle),
  };
}

/** Without a word in it: the script knows the visitor's language. */
function documentOf({ script, parts, styles }: Assets): string {
  const lines = [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">',
    '<meta name="color-scheme" content="light dark">',
    '<title>WhatsApp sessions</title>',
    '<link rel="icon" type="image/svg+xml" href="/icon.svg">',
    ...(styles === null ? [] : [`<link rel="stylesheet" href="/assets/${styles}">`]),
    `<script type="module" src="/assets/${script}"></script>`,
    ...parts.map((part) => `<link rel="modulepreload" href="/assets/${part}">`),
    '</head>',
    '<body><div id="page"></div></body>',
    '</html>',
  ];
  return `${lines.join('\n')}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildPages(fileURLToPath(new URL('../dist/pages/', import.meta.url)), {
    watch: process.argv.includes('--watch'),
  });
}
