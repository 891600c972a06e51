import { mkdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { secretsIn } from '../../src/host/data-directory/data-directory.ts';
import { generatedKey } from '../../src/host/data-directory/generated-key.ts';
import { useTempDir } from '../temp-dir.ts';
import { ana, bob, loginIn, newKey, oldKey, runHere, sealArchive, toolEnv, CliFixture } from './cli-fixture.ts';

describe('The command line', () => {
  const run = (...args: string[]) => runHere(args, toolEnv(useTempDir(), [oldKey]));

  it('shows what there is, for --help wherever it stands', async () => {
    for (const args of [['--help'], ['-h'], ['help'], ['rotate', '--help']]) {
      const { code, out, err } = await run(...args);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      for (const command of ['list', 'verify', 'rotate', 'export FILE', 'import FILE', 'discard KEY'])
        expect(out).toContain(`\n  ${command} `);
    }
  });

  it.each([
    [[], 'A command is missing'],
    [['shred'], 'There is no command "shred".'],
    [['list', 'ana'], '"list" takes no "ana".'],
    [['export'], '"export" needs the file to write.'],
    [['import'], '"import" needs the file to read.'],
    [['discard'], '"discard" needs the name of the lost key.'],
    [['export', 'a', 'b'], '"b" is one word too many.'],
    [['verify', '--json'], '"verify" knows no --json.'],
    [['export', 'a', '--partial'], '"export" knows no --partial.'],
    [['list', '--colour'], "Unknown option '--colour'."],
  ])('that says %j is answered with what is wrong in it and exit code 2', async (args, fault) => {
    const { code, out, err } = await run(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(fault);
    expect(err).toContain('--help');
    expect(err.trim()).not.toContain('\n');
  });

  it('ends with 2 for a setting that is wrong, without showing a key', async () => {
    const { code, err } = await runHere(['list'], { DATA_DIR: useTempDir(), ENCRYPTION_KEYS: 'k1:hunter2' });
    expect(code).toBe(2);
    expect(err).toMatch(/^ENCRYPTION_KEYS must be /);
    expect(err).not.toContain('hunter2');
  });

  it('makes no data directory where there is none', async () => {
    const dataDir = join(useTempDir(), 'none');
    const { code, err } = await runHere(['list'], toolEnv(dataDir, [oldKey]));
    expect(code).toBe(1);
    expect(err).toContain(`There is no data directory ${dataDir}`);
  });
});

describe.each(['directory', 'redis'] as const)('With archives in the %s of a running service', (place) => {
  let fixture: CliFixture;
  beforeAll(async () => {
    fixture = await CliFixture.open(place);
  });
  beforeEach(() => fixture.empty());
  afterAll(() => fixture.close());

  it('list says that nothing is sealed', async () => {
    expect(await fixture.run(['list'])).toMatchObject({
      code: 0,
      out: '',
      err: expect.stringContaining('Nothing is sealed') as string,
    });
  });

  it('list shows whose archives there are, needing no key', async () => {
    await sealArchive(fixture.archives, ana, { epoch: 1_764_000_000_000 });
    await sealArchive(fixture.archives, bob, { epoch: 1_764_000_000_001, key: newKey });
    const { code, out, err } = await fixture.run(['list'], []);
    expect({ code, err }).toEqual({ code: 0, err: '2 archives of 2 sessions.\n' });
    const [head, ...rows] = out
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(head).toEqual(['USER', 'SESSION', 'EPOCH', 'KEY', 'SIZE', 'SEALED', 'STORE']);
    expect(rows).toEqual([
      ['ana', 'sales', '1764000000000', 'old', '1.3 KB', '2025-11-24T16:00:00.000Z', place],
      ['bob@example.com', 'shop', '1764000000001', 'new', '1.3 KB', '2025-11-24T16:00:00.001Z', place],
    ]);
    const json = await fixture.run(['list', '--json'], []);
    expect(
      json.out
        .trimEnd()
        .split('\n')
        .map((line) => z.looseObject({ key: z.string() }).parse(JSON.parse(line)).key),
    ).toEqual(['old', 'new']);
  });

  it('verify finds all well, and then the one that is damaged, the one of a missing key, and no other', async () => {
    await sealArchive(fixture.archives, ana, { epoch: 1 });
    await sealArchive(fixture.archives, bob, { epoch: 1 });
    expect(await fixture.run(['verify'])).toMatchObject({
      code: 0,
      out: '',
      err: expect.stringContaining('2 archives: all of them open.') as string,
    });
    await sealArchive(fixture.archives, bob, { epoch: 2, key: newKey });
    const damaged = { userId: 'cleo', id: 'x' };
    const generation = await sealArchive(fixture.archives, damaged, { epoch: 1 });
    if (place === 'redis') await fixture.redis.del(`wa:archives:cleo/x:${generation}`);
    else await truncate(join(fixture.dataDir, 'archives', 'cleo%2Fx', `${generation}.body`), 700);
    const { code, out, err } = await fixture.run(['verify']);
    expect(code).toBe(1);
    expect(out.trimEnd().split('\n').toSorted()).toEqual([
      expect.stringMatching(/^bob@example\.com shop \(the newest, .*\): UNKNOWN_KEY: .*"new"/),
      expect.stringMatching(/^cleo x \(the newest, .*\): ARCHIVE_CUT: /),
    ]);
    expect(err).toContain('2 archives open, 2 do not.');
  });

  it('rotate wraps all with the first key, after which the old one is needed no more', async () => {
    const login = Buffer.from('the login of ana');
    await sealArchive(fixture.archives, ana, { epoch: 1, login });
    await sealArchive(fixture.archives, bob, { epoch: 1, key: newKey });
    const first = await fixture.run(['rotate'], [newKey, oldKey]);
    expect(first).toMatchObject({
      code: 0,
      out: '',
      err: expect.stringContaining('2 archives: 1 wrapped anew with key "new", 1 were already.') as string,
    });
    expect(first.err).toContain('No archive here needs "old" any more.');
    expect(await loginIn(fixture.archives, ana, [newKey])).toEqual(login);
    expect((await fixture.run(['rotate'], [newKey])).err).toContain('0 wrapped anew with key "new", 2 were already');
  });

  it('rotate says what it cannot open, and wraps the rest', async () => {
    await sealArchive(fixture.archives, ana, { epoch: 1, key: { kid: 'lost', key: Buffer.alloc(32, 9) } });
    await sealArchive(fixture.archives, bob, { epoch: 1 });
    const { code, out, err } = await fixture.run(['rotate'], [newKey, oldKey]);
    expect(code).toBe(1);
    expect(out).toMatch(/^ana sales \(.*\): UNKNOWN_KEY: /);
    expect(err).toContain('1 wrapped anew with key "new", 0 were already, 1 could not be opened.');
    expect(err).not.toContain('needs "old" any more');
  });

  it('discard removes what a lost key had sealed, and refuses to touch what a key here opens', async () => {
    await sealArchive(fixture.archives, ana, { epoch: 1 });
    await sealArchive(fixture.archives, bob, { epoch: 1, key: newKey });
    const refused = await fixture.run(['discard', 'old'], [oldKey]);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('is among ours') as string });
    const { code, out } = await fixture.run(['discard', 'old'], [newKey]);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^ana sales \(.*\) removed\n$/) as string });
    expect(await fixture.archives.generations(ana)).toEqual([]);
    expect(await fixture.archives.generations(bob)).toHaveLength(1);
  });

  it('a command that is ended says so, and ends with 130', async () => {
    await sealArchive(fixture.archives, ana, { epoch: 1 });
    const { code, err } = await fixture.run(['verify'], [oldKey], AbortSignal.abort());
    expect(code).toBe(130);
    expect(err).toContain('the same command goes on from here');
  });

  it('the key that was made in the data directory is found, and opens beside keys that are given later', async () => {
    expect((await fixture.run(['verify'], [])).err).toContain('There is no key to open anything with');
    const secrets = secretsIn(fixture.dataDir);
    await mkdir(secrets, { recursive: true });
    const made = generatedKey(secrets);
    await sealArchive(fixture.archives, ana, { epoch: 1, key: made });
    expect(await fixture.run(['verify'], [])).toMatchObject({ code: 0 });
    expect(await fixture.run(['rotate'], [newKey])).toMatchObject({
      code: 0,
      err: expect.stringContaining(`No archive here needs "${made.kid}" any more`) as string,
    });
  });
});
