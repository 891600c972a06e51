import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const BUDGET_BYTES = 8_192;

/** What a page loads for these modules, minified and gzipped, without React itself; and which files that is. */
async function bundle(...modules: readonly string[]): Promise<{ bytes: number; files: readonly string[] }> {
  const contents = modules.map((module) => `export * from './src/client/${module}';`).join('\n');
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: '.', loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    external: ['react'],
    write: false,
    metafile: true,
  });
  const [output] = outputFiles;
  return {
    bytes: output === undefined ? 0 : gzipSync(output.contents, { level: 9 }).length,
    files: Object.keys(metafile.inputs),
  };
}

/** A row of the table, however it is padded. */
const row = (name: string, bytes: number): RegExp =>
  new RegExp(`\\| ${name} +\\| ${(bytes / 1_024).toFixed(1)} KB +\\|`);

describe('The bundle of client and React part', () => {
  it('stays within its budget, minified and gzipped', async () => {
    const { bytes } = await bundle('index.ts', 'react/index.ts');
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(BUDGET_BYTES);
  });

  it('holds nothing of the server, and no package', async () => {
    const { files } = await bundle('index.ts', 'react/index.ts');
    expect(files.filter((file) => file !== '<stdin>' && !file.startsWith('src/client/'))).toEqual([]);
  });

  it('is as big as its page says', async () => {
    const readme = readFileSync('src/client/README.md', 'utf8');
    const client = await bundle('index.ts');
    const both = await bundle('index.ts', 'react/index.ts');
    expect(readme).toMatch(row('`client`', client.bytes));
    expect(readme).toMatch(row('`client` and `react`', both.bytes));
  });
});
