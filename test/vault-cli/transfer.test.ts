import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { useTempDir } from '../temp-dir.ts';
import { ana, bob, loginIn, newKey, oldKey, sealArchive, CliFixture } from './cli-fixture.ts';

const EPOCH = 1_764_000_000_000;

/** Everything that Redis holds under the service's names, but for streams' own ids and what is about this moment. */
async function keysIn({ redis }: CliFixture): Promise<string[]> {
  return (await redis.keys('wa:*')).toSorted();
}

describe('An exported fleet', () => {
  let there: CliFixture;
  let here: CliFixture;
  let file: string;
  beforeAll(async () => {
    [there, here] = [await CliFixture.open('directory'), await CliFixture.open('redis')];
  });
  afterAll(async () => {
    await there.close();
    await here.close();
  });
  beforeEach(async () => {
    await there.empty();
    await here.empty();
    file = join(useTempDir(), 'fleet.wa');
  });

  const exported = async (expected = 0): Promise<void> =>
    expect(await there.run(['export', file])).toMatchObject({ code: expected });
  const importHere = (...options: string[]) => here.run(['import', file, ...options], [newKey, oldKey]);
  const stopped = async (fixture: CliFixture, address = ana): Promise<void> => {
    await fixture.sessions.create(address, { start: false, metadata: {} });
  };

  it('comes back on another machine, in another kind of place, with its logins and what is wanted of it', async () => {
    const login = Buffer.alloc(700_000, 'the login of ana');
    await there.ready(ana);
    await sealArchive(there.archives, ana, { epoch: EPOCH });
    await sealArchive(there.archives, ana, { epoch: EPOCH + 1, login });
    await stopped(there, bob);
    await exported();
    const { code, out, err } = await importHere();
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(err).toContain('2 sessions and 2 archives imported.');
    expect(await here.archives.generations(ana)).toEqual(await there.archives.generations(ana));
    expect((await loginIn(here.archives, ana, [oldKey])).equals(login)).toBe(true);
    const session = await here.sessions.get(ana);
    expect(session).toMatchObject({
      state: 'disconnected',
      reason: 'queued',
      desired: 'running',
      phoneNumber: '5215550001111',
      durable: true,
      metadata: { team: 'north' },
    });
    expect(session.createdAt).toBe((await there.sessions.get(ana)).createdAt);
    expect(await here.sessions.history(ana, 10)).toEqual(await there.sessions.history(ana, 10));
    expect(await here.sessions.get(bob)).toEqual(await there.sessions.get(bob));
  });

  it('lets a session that ran be claimed, with an epoch that its archives do not outrun', async () => {
    const { epoch } = await there.ready(ana);
    await exported();
    await importHere();
    expect(await here.redis.zscore(here.keys.active, 'ana/sales')).not.toBeNull();
    const { epoch: next } = await here.ready(ana);
    expect(next).toBeGreaterThan(epoch);
  });

  it('tells streams of what came back', async () => {
    await stopped(there);
    await exported();
    await importHere();
    const [entry] = await here.redis.xrevrange(here.keys.events, '+', '-', 'COUNT', 1);
    expect(entry?.[1]).toEqual(expect.arrayContaining(['session.snapshot', 'fleet.import', 'sales']));
  });

  it('can be imported again: nothing is there twice, nor changed', async () => {
    await there.ready(ana);
    await sealArchive(there.archives, ana, { epoch: EPOCH });
    await exported();
    await importHere();
    const before = [await keysIn(here), await here.sessions.get(ana)];
    expect(await importHere()).toMatchObject({
      code: 0,
      err: expect.stringContaining('0 sessions and 0 archives imported; 2 of both were there already.') as string,
    });
    expect([await keysIn(here), await here.sessions.get(ana)]).toEqual(before);
  });

  it('is known for what is there already when the keys were rotated in between', async () => {
    await sealArchive(there.archives, ana, { epoch: EPOCH });
    await exported();
    await importHere();
    await here.run(['rotate'], [newKey, oldKey]);
    expect((await importHere()).err).toContain('0 archives imported; 1 of both were there already');
    expect(await loginIn(here.archives, ana, [newKey])).toHaveLength(1_000);
  });

  it('does not come over a session that runs, is to run or is newer here; nothing of the file is written then', async () => {
    const [waits, newer] = [
      { userId: 'cleo', id: 'waits' },
      { userId: 'dora', id: 'newer' },
    ];
    for (const address of [ana, bob, waits, newer]) await stopped(there, address);
    await sealArchive(there.archives, bob, { epoch: EPOCH });
    await exported();
    await here.ready(ana);
    await here.sessions.create(waits, { start: true, metadata: {} });
    await stopped(here, newer);
    const before = await keysIn(here);
    const { code, err } = await importHere();
    expect(code).toBe(1);
    expect(err).toContain('ana sales runs here, or is to run: stop it first.\n');
    expect(err).toContain('cleo waits runs here, or is to run');
    expect(err).toContain('dora newer is newer here than in the file.\n');
    expect(err).toContain('Nothing was imported.');
    expect(await keysIn(here)).toEqual(before);

    const partial = await importHere('--partial');
    expect(partial).toMatchObject({
      code: 1,
      err: expect.stringContaining('1 session and 1 archive imported') as string,
    });
    expect(partial.out.match(/^Left out: /gm)).toHaveLength(3);
    expect(await here.sessions.get(ana)).toMatchObject({ state: 'ready' });
    expect(await here.archives.generations(bob)).toHaveLength(1);
  });

  it('comes over a stopped session that is older here', async () => {
    await stopped(there);
    await exported();
    await importHere();
    const fresh = join(useTempDir(), 'fresh.wa');
    await there.ready(ana);
    await there.run(['export', fresh]);
    expect(await here.run(['import', fresh], [oldKey])).toMatchObject({
      code: 0,
      err: expect.stringContaining('1 session and 0 archives imported.') as string,
    });
    expect(await here.sessions.get(ana)).toMatchObject({ desired: 'running', phoneNumber: '5215550001111' });
  });

  it('leaves archives that are newer here as they are', async () => {
    await sealArchive(there.archives, ana, { epoch: EPOCH });
    await exported();
    const login = Buffer.from('a newer login');
    await sealArchive(here.archives, ana, { epoch: EPOCH + 9, login });
    expect(await importHere()).toMatchObject({
      code: 0,
      err: expect.stringContaining('ana sales keeps a newer archive') as string,
    });
    expect(await loginIn(here.archives, ana, [oldKey])).toEqual(login);
  });

  it('brings no login back that was given up here since', async () => {
    await sealArchive(there.archives, ana, { epoch: EPOCH });
    await exported();
    await importHere();
    await here.archives.forget(ana, EPOCH);
    expect(await importHere()).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^Left out: ana sales .* was given up here/) as string,
    });
    expect(await here.archives.generations(ana)).toEqual([]);
  });

  it('takes no login along that is on its way out', async () => {
    const leaving = { userId: 'eve', id: 'leaving' };
    for (const address of [ana, leaving, bob]) {
      await there.ready(address);
      await sealArchive(there.archives, address, { epoch: EPOCH });
    }
    await there.sessions.record(leaving, { action: 'logout' });
    await there.sessions.record(bob, { action: 'delete' });
    expect((await there.run(['export', file])).err).toContain(
      '2 sessions are being logged out or deleted: no archive of them is in the file.',
    );
    expect((await importHere()).code).toBe(0);
    expect(await here.archives.generations(leaving)).toEqual([]);
    expect(await here.archives.generations(bob)).toEqual([]);
    expect(await here.sessions.find(bob)).toBeNull();
    expect(await here.sessions.get(leaving)).toMatchObject({ desired: 'stopped', state: 'disconnected' });
    expect(await here.redis.smembers(here.keys.pendingErasures)).toEqual(['eve/leaving']);
  });

  it('with an archive that does not open is refused as a whole, or brought back without it', async () => {
    await stopped(there, bob);
    const generation = await sealArchive(there.archives, ana, {
      epoch: EPOCH,
      key: { kid: 'lost', key: Buffer.alloc(32, 9) },
    });
    await sealArchive(there.archives, bob, { epoch: EPOCH });
    await exported();
    const { code, err } = await importHere();
    expect(code).toBe(1);
    expect(err).toContain(`ana sales (${generation}) does not open: UNKNOWN_KEY: `);
    expect(await keysIn(here)).toEqual([]);
    expect(await importHere('--partial')).toMatchObject({
      code: 1,
      err: expect.stringContaining('1 session and 1 archive imported') as string,
    });
  });

  it('says at the export already what is damaged', async () => {
    const generation = await sealArchive(there.archives, ana, { epoch: EPOCH });
    await truncate(join(there.dataDir, 'archives', 'ana%2Fsales', `${generation}.body`), 700);
    expect(await there.run(['export', file])).toMatchObject({
      code: 1,
      out: expect.stringContaining('ana sales') as string,
    });
  });

  it('that is cut, or is none, changes nothing', async () => {
    await there.ready(ana);
    await exported();
    await truncate(file, 5_000);
    expect(await importHere()).toMatchObject({
      code: 1,
      err: expect.stringContaining('The export is cut: 5000 of its ') as string,
    });
    await writeFile(file, 'a shopping list');
    expect(await importHere()).toMatchObject({
      code: 1,
      err: expect.stringContaining('This is no export of a vault') as string,
    });
    expect(await keysIn(here)).toEqual([]);
  });
});
