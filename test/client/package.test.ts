import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const PACKAGE = resolve('dist/client-package');
const NODE_MODULES = resolve('node_modules');
const STRICT = {
  module: 'nodenext',
  target: 'es2022',
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  skipLibCheck: false,
};
const BROWSER = { ...STRICT, lib: ['es2022', 'dom', 'dom.iterable'], types: [], jsx: 'react-jsx' };
const NODE = { ...STRICT, lib: ['es2022'], types: ['node'] };

const packed = z.tuple([z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) })]);
const run = promisify(execFile);

/** A project that has installed the packed client and nothing else. */
let project = '';
let tarball = '';
let files: readonly string[] = [];

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), 'wa-client-package-'));
  const { stdout } = await run('npm', ['pack', PACKAGE, '--json', '--pack-destination', project]);
  const [{ filename, files: listed }] = packed.parse(JSON.parse(stdout));
  tarball = join(project, filename);
  files = listed.map(({ path }) => path);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  await run('npm', ['install', tarball, '--offline', '--no-audit', '--no-fund'], { cwd: project });
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** Resolves to what the compiler says of these files of the project: nothing when they are right. */
async function compile(compilerOptions: object, names: readonly string[]): Promise<string> {
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: names }));
  return run(join(NODE_MODULES, '.bin', 'tsc'), ['-p', project]).then(
    ({ stdout }) => stdout,
    (error: unknown) => z.object({ stdout: z.string() }).parse(error).stdout,
  );
}

/** Types that a consumer installs from elsewhere. */
function addTypes(...names: readonly string[]): void {
  mkdirSync(join(project, 'node_modules', '@types'), { recursive: true });
  for (const name of names) {
    const link = join(project, 'node_modules', name);
    rmSync(link, { force: true });
    symlinkSync(join(NODE_MODULES, name), link);
  }
}

/** The blocks of a Markdown page that are code, each written as a file of the project. */
function writeBlocks(page: string): readonly string[] {
  return Array.from(readFileSync(page, 'utf8').matchAll(/^```(tsx?)\n(.*?)^```$/gms), ([, kind, code = ''], index) => {
    const name = `block-${index}.${kind}`;
    writeFileSync(join(project, name), `${code}\nexport {};\n`);
    return name;
  });
}

describe('The packed client', () => {
  it('holds a file of code and one of types for each source, and nothing else but its papers', () => {
    const sources = readdirSync('src/client', { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    );
    const built = sources.flatMap((file) => ['.js', '.d.ts'].map((ending) => file.replace(/\.ts$/, ending)));
    expect(files.toSorted()).toEqual(['LICENSE', 'README.md', 'package.json', ...built].toSorted());
  });

  it('brings no package', () => {
    expect(readdirSync(join(project, 'node_modules')).filter((name) => !/^[.@]/.test(name))).toEqual([
      'whatsapp-session-client',
    ]);
  });

  it('imports nothing but its own files and React, in its types as well', () => {
    const imported = files
      .filter((file) => /\.(js|d\.ts)$/.test(file))
      .flatMap((file) =>
        Array.from(
          readFileSync(join(PACKAGE, file), 'utf8').matchAll(/(?:\bfrom |\bimport\()\s*['"]([^'"]+)['"]/g),
          ([, name]) => name,
        ),
      );
    expect(imported.length).toBeGreaterThan(0);
    expect(new Set(imported.filter((name) => !/^\.{1,2}\/.*\.js$/.test(name ?? '')))).toEqual(new Set(['react']));
  });

  it('is found nothing wrong with by publint', async () => {
    expect((await publint({ pkgDir: PACKAGE, strict: true })).messages).toEqual([]);
  });

  it('has types that every way of resolving finds; only old CommonJS cannot load it', async () => {
    const { types, ...found } = await checkPackage(createPackageFromTarballData(readFileSync(tarball)));
    expect(types).toMatchObject({ kind: 'included' });
    const problems = 'problems' in found ? found.problems : [];
    expect([...new Set(problems.map(({ kind }) => kind))]).toEqual(['CJSResolvesToESM']);
  });

  it('runs in Node without React', async () => {
    const script = "import('whatsapp-session-client').then(({ createClient }) => console.log(typeof createClient))";
    expect((await run(process.execPath, ['-e', script], { cwd: project })).stdout).toBe('function\n');
  });

  it('type-checks in a script on Node, and no type of it is any', async () => {
    addTypes('@types/node', 'undici-types');
    for (const name of ['script.ts', 'types.ts']) cpSync(join('test/client/consumer', name), join(project, name));
    expect(await compile(NODE, ['script.ts', 'types.ts'])).toBe('');
  });

  it('type-checks in a page with React, and so does the example', async () => {
    addTypes('@types/react', '@types/react-dom', 'csstype');
    cpSync('test/client/consumer/page.tsx', join(project, 'page.tsx'));
    const example = ['app.tsx', 'main.tsx', 'simulated-phone.tsx', 'environment.d.ts'];
    for (const name of example) cpSync(join('examples/react-app', name), join(project, name));
    expect(await compile({ ...BROWSER, allowImportingTsExtensions: true }, ['page.tsx', ...example])).toBe('');
  });

  it('has a README of which every block of code compiles', async () => {
    addTypes('@types/react', 'csstype');
    const blocks = writeBlocks(join(PACKAGE, 'README.md'));
    expect(blocks.length).toBeGreaterThan(1);
    expect(await compile(BROWSER, blocks)).toBe('');
  });
});
