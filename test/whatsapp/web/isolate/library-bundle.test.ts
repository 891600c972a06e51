import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { bundleLibrary } from '#bundle-library';
import { LEAN } from '#lean-node';

import { runLibraryBundle } from '../../../../src/whatsapp/web/isolate/library-bundle.ts';
import { loadLibrary } from '../../../../src/whatsapp/web/isolate/library.ts';
import { RARELY_USED } from '../../../../src/whatsapp/web/isolate/lazy-module.ts';

const BUNDLING_MS = 120_000;

describe('the library in one file', () => {
  let folder: string;
  let path: string;
  const bundle = (): URL => pathToFileURL(path);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'library-bundle-'));
    path = join(folder, 'library-bundle.cjs');
    await bundleLibrary(path);
  }, BUNDLING_MS);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('launches by what stands in for Puppeteer', async () => {
    const { createClient } = loadLibrary(() => Promise.reject(new Error('launched')), bundle());
    await expect(createClient({ webVersionCache: { type: 'none' } }).initialize()).rejects.toThrow('launched');
  });

  it('connects by the Puppeteer that it holds', async () => {
    const { connect } = loadLibrary(() => Promise.reject(new Error('launched')), bundle());
    const transport = { send: () => transport.onclose(), close: () => {}, onclose: () => {} };
    await expect(connect({ transport })).rejects.toThrow(/closed/i);
  });

  it('asks for nothing but parts of Node, Puppeteer and what is rarely used', () => {
    const require = createRequire(import.meta.url);
    const asked = new Set<string>();
    runLibraryBundle(bundle(), (name) => {
      asked.add(name);
      return isBuiltin(name) ? (require(name) as unknown) : { setFfmpegPath: () => {} };
    });
    const isExpected = new Set<string>(RARELY_USED);
    expect([...asked].filter((name) => isExpected.has(name) || !isBuiltin(name)).sort()).toEqual(
      [...RARELY_USED, 'puppeteer'].sort(),
    );
  });

  it('holds no character that would make V8 keep the text at twice its length', () => {
    expect(/[^\0-\u00FF]/.test(readFileSync(path, 'utf8'))).toBe(false);
  });

  it('has its compiled code taken by a Node that is started as the service is', () => {
    const check = `
      const { readFileSync } = require('node:fs');
      const [, path] = process.argv;
      const { cachedDataRejected } = new (require('node:vm').Script)(readFileSync(path, 'utf8'), { filename: path, cachedData: readFileSync(path + '.cache') });
      console.log(cachedDataRejected);`;
    expect(execFileSync(process.execPath, [...LEAN.args, '-e', check, path], { encoding: 'utf8' })).toBe('false\n');
  });

  it('is compiled anew where the compiled code is of another Node', () => {
    writeFileSync(`${path}.cache`, 'of another Node');
    expect(
      runLibraryBundle(bundle(), (name) =>
        isBuiltin(name) ? (createRequire(import.meta.url)(name) as unknown) : { setFfmpegPath: () => {} },
      ),
    ).toHaveProperty('connect');
  });

  it('is not missed where nothing was built', () => {
    expect(runLibraryBundle(pathToFileURL(join(folder, 'none.cjs')), () => ({}))).toBeNull();
  });
});
