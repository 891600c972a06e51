import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

import { sessionKey } from '../../../src/domain/session.ts';
import { removeStaleProfiles } from '../../../src/supervisor/credentials/stale-profiles.ts';
import { KeyRing } from '../../../src/vault/key-ring.ts';
import { RedisArchives } from '../../../src/vault/redis-archives.ts';
import { Vault } from '../../../src/vault/vault.ts';
import { session, type Fleet } from '../fleet.ts';
import { useFleet } from '../use-fleet.ts';
import { profileDirOf, RING } from '../node.ts';

const fixture = useFleet();
const SALES = session('sales');
const KEY = sessionKey(SALES);
const PHONE = '5215550001111';
const CHANGED = '\n\n\n';
const LOGIN = join('Default', 'Local Storage', 'simulated-login.json');

const liveProfile = (fleet: Fleet) => profileDirOf(fleet.profileRoot, KEY);
const storeOf = (fleet: Fleet) => new RedisArchives({ redis: fleet.redis, prefix: fleet.keys.prefix, randomBytes });
const vaultOf = (fleet: Fleet, ring = RING) => new Vault({ store: storeOf(fleet), ring, now: Date.now, randomBytes });
const OTHER_RING = new KeyRing([{ kid: 'test', key: Buffer.alloc(32, 8) }]);

/** Another machine: nothing of the first one's disk is there. */
async function otherDisk(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'other-disk-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  return root;
}

async function stop(fleet: Fleet): Promise<void> {
  await fleet.ask(SALES, 'stop');
  await fleet.until(
    SALES,
    'stopped and let go',
    ({ session: now, intent }) => now.value === 'disconnected.stopped' && intent.owner === null,
  );
}

const asides = async (fleet: Fleet) =>
  (await readdir(fleet.profileRoot)).filter((name) => name.includes('.quarantined-'));

/** Changes the login as WhatsApp Web does with every message, in a way that its reader does not mind. */
async function changeLogin(fleet: Fleet): Promise<void> {
  const file = join(liveProfile(fleet), LOGIN);
  await writeFile(file, `${await readFile(file, 'utf8')}${CHANGED}`, { mode: 0o600 });
}

async function qrCodesSince(fleet: Fleet, rev: number): Promise<number> {
  return (await fleet.snapshots(SALES)).filter(({ session: now }) => now.rev > rev && now.qr !== null).length;
}

it('a session is durable once its login is sealed, and not before', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  await fleet.link(node, SALES);
  const durable = (await fleet.snapshots(SALES)).map(({ session: now }) => [now.state, now.durable]);
  expect(durable.at(-1)).toEqual(['ready', true]);
  expect(durable.filter(([state]) => state !== 'ready').every(([, is]) => is === false)).toBe(true);
  expect((await vaultOf(fleet).verify(SALES)).every((archive) => 'sealedAt' in archive)).toBe(true);
});

it('a profile of which nobody knows what it holds is not called durable, is told, and is kept', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  node.driver.unproven = 'nobody knows what LocalStorage holds';
  await fleet.ask(SALES, 'create_and_start');
  await fleet.reaches(SALES, 'waiting_qr');
  node.driver.play(KEY, { event: 'scan', phoneNumber: PHONE });
  const { session: told } = await fleet.until(SALES, 'told', ({ session: now }) => now.lastError !== null);
  expect(told).toMatchObject({
    state: 'ready',
    durable: false,
    lastError: {
      code: 'CREDENTIALS_UNPROVEN',
      message: 'The credentials are not sealed, and their profile is kept: nobody knows what LocalStorage holds.',
    },
  });
  await stop(fleet);
  expect(await storeOf(fleet).generations(SALES)).toEqual([]);
  expect(existsSync(join(liveProfile(fleet), LOGIN))).toBe(true);
  node.driver.unproven = null;
  await fleet.ask(SALES, 'start');
  const { session: back } = await fleet.until(SALES, 'durable', ({ session: now }) => now.durable);
  expect(back).toMatchObject({ state: 'ready', lastError: null });
});

it(
  'a session that is stopped leaves no plain login on the disk, and comes back without a QR code, many times',
  { timeout: 240_000 },
  async () => {
    const { fleet } = fixture;
    const node = await fleet.node();
    const { session: linked } = await fleet.link(node, SALES);
    for (let cycle = 0; cycle < 30; cycle += 1) {
      await stop(fleet);
      expect(existsSync(liveProfile(fleet))).toBe(false);
      await fleet.ask(SALES, 'start');
      await fleet.reaches(SALES, 'ready');
      node.driver.play(KEY, { event: 'message', from: '5215559998877', text: `message ${cycle}` });
    }
    expect(await qrCodesSince(fleet, linked.rev)).toBe(0);
    expect((await fleet.store.get(SALES)).phoneNumber).toBe(PHONE);
  },
);

it('a login on a machine that is lost comes back on another one without a QR code', async () => {
  const { fleet } = fixture;
  const { session: linked } = await fleet.link(await fleet.node(), SALES);
  await fleet.clear();
  const node = await fleet.node({ profileRoot: await otherDisk(), deadNodes: ['node-1'] });
  await fleet.until(
    SALES,
    'ready elsewhere',
    ({ session: now }) => now.state === 'ready' && now.rev > linked.rev + 1 && now.nodeId === node.nodeId,
  );
  expect(await qrCodesSince(fleet, linked.rev)).toBe(0);
});

it('a profile that was left behind gives way to the login that was sealed elsewhere since, and is kept aside', async () => {
  const { fleet } = fixture;
  await fleet.link(await fleet.node(), SALES);
  const [profile, copy] = [liveProfile(fleet), await otherDisk()];
  await cp(profile, copy, { recursive: true });
  await stop(fleet);
  await fleet.ask(SALES, 'start');
  await fleet.reaches(SALES, 'ready');
  await changeLogin(fleet);
  await stop(fleet);
  // As if this disk had not seen the second run.
  await cp(copy, profile, { recursive: true });
  await fleet.ask(SALES, 'start');
  await fleet.reaches(SALES, 'ready');
  expect(await asides(fleet)).toHaveLength(1);
  expect(await readFile(join(profile, LOGIN), 'utf8')).toContain(CHANGED);
});

it('a live profile whose login is not held gives way to the sealed one, without showing a QR code', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  const { session: linked } = await fleet.link(node, SALES);
  await writeFile(join(liveProfile(fleet), LOGIN), 'garbled');
  node.driver.play(KEY, { event: 'browser_crash' });
  const { session: back } = await fleet.until(
    SALES,
    'ready again',
    ({ session: now }) => now.state === 'ready' && now.rev > linked.rev + 2,
  );
  expect(back.phoneNumber).toBe(PHONE);
  expect(await qrCodesSince(fleet, linked.rev)).toBe(0);
  expect(
    (await fleet.snapshots(SALES)).some(({ session: now }) => now.lastError?.code === 'CREDENTIALS_NOT_HELD'),
  ).toBe(true);
});

it('a live profile that does not boot three times gives way to the sealed one, once', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({ session: { reconnectMaxAttempts: 6 } });
  await fleet.link(node, SALES);
  let crashes = 4;
  node.driver.onOpened = () => {
    if (crashes > 0)
      queueMicrotask(() =>
        node.driver.tell(KEY, {
          type: 'lost',
          cause: 'browser_crashed',
          fault: { code: 'TEST', message: 'crashes at its start' },
        }),
      );
    crashes -= 1;
  };
  node.driver.play(KEY, { event: 'browser_crash' });
  await fleet.until(SALES, 'back', ({ session: now }) => crashes < 0 && now.state === 'ready');
  expect(await asides(fleet)).toHaveLength(1);
});

it('when the newest archive is damaged the one before it comes back, and the session says so', async () => {
  const { fleet } = fixture;
  const { session: linked } = await fleet.link(await fleet.node(), SALES);
  await changeLogin(fleet);
  const archives = storeOf(fleet);
  await fleet.eventually(async () => (await archives.generations(SALES)).length === 2, 'the change was not sealed');
  await fleet.clear();
  const [newest = ''] = await archives.generations(SALES);
  const header = (await archives.header(SALES, newest)) ?? Buffer.alloc(0);
  await archives.replaceHeader(SALES, newest, header, Buffer.from('garbled'));
  await fleet.node({ profileRoot: await otherDisk(), deadNodes: ['node-1'] });
  await fleet.until(SALES, 'back', ({ session: now }) => now.state === 'ready' && now.rev > linked.rev + 1);
  expect((await fleet.snapshots(SALES)).some(({ session: now }) => now.lastError?.code === 'NOT_AN_ARCHIVE')).toBe(
    true,
  );
  expect(await qrCodesSince(fleet, linked.rev)).toBe(0);
});

it('archives that none of our keys opens are kept, and no QR code is shown that would replace them', async () => {
  const { fleet } = fixture;
  const { session: linked } = await fleet.link(await fleet.node(), SALES);
  await fleet.clear();
  const stranger = await fleet.node({
    profileRoot: await otherDisk(),
    deadNodes: ['node-1'],
    vault: vaultOf(fleet, OTHER_RING),
    session: { reconnectMaxAttempts: 6 },
    launches: { restartIntensity: 0, threshold: 5 },
  });
  const { session: failed } = await fleet.reaches(SALES, 'failed');
  expect(failed.lastError?.code).toBe('WRONG_KEY');
  expect(failed.lastError?.message).toContain('from a backup; or log the session out');
  expect(stranger.pool.getSnapshot().context.breaker).toBe('closed');
  expect(stranger.driver.opened).toEqual([]);
  expect(await qrCodesSince(fleet, linked.rev)).toBe(0);
  expect(await vaultOf(fleet).verify(SALES)).not.toEqual([]);
});

it('a logout on the phone destroys the archive with its data key, and the profile', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  await fleet.link(node, SALES);
  node.driver.play(KEY, { event: 'logout' });
  const { session: gone } = await fleet.reaches(SALES, 'disconnected.logged_out');
  expect(gone.durable).toBe(false);
  expect(await vaultOf(fleet).newest(SALES)).toBeNull();
  expect(existsSync(liveProfile(fleet))).toBe(false);
});

it('who scans again after a logout has a durable login again', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  await fleet.link(node, SALES);
  await fleet.ask(SALES, 'restart');
  await fleet.until(
    SALES,
    'ready anew',
    ({ session: now, intent }) => now.state === 'ready' && intent.handledSeq === intent.intentSeq,
  );
  node.driver.play(KEY, { event: 'logout' });
  await fleet.reaches(SALES, 'disconnected.logged_out');
  await fleet.link(node, SALES);
  expect(await vaultOf(fleet).newest(SALES)).not.toBeNull();
});

it('who has asked for a start before the logout was done has a durable login as well', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  await fleet.link(node, SALES);
  await Promise.all([fleet.ask(SALES, 'logout'), fleet.ask(SALES, 'start')]);
  await fleet.link(node, SALES);
  expect(await vaultOf(fleet).newest(SALES)).not.toBeNull();
});

it('a session that was never linked leaves nothing on the disk once it is stopped', async () => {
  const { fleet } = fixture;
  await fleet.node();
  await fleet.ask(SALES, 'create_and_start');
  await fleet.reaches(SALES, 'waiting_qr');
  expect(existsSync(liveProfile(fleet))).toBe(true);
  await stop(fleet);
  expect(existsSync(liveProfile(fleet))).toBe(false);
});

it('a live profile is its owner’s alone', async () => {
  const { fleet } = fixture;
  await fleet.link(await fleet.node(), SALES);
  expect((await stat(liveProfile(fleet))).mode & 0o777).toBe(0o700);
});

it('a node that comes back removes the plain profile of a session that was sealed elsewhere since, and no other', async () => {
  const { fleet } = fixture;
  const OTHER = session('other');
  const first = await fleet.node();
  for (const each of [SALES, OTHER]) await fleet.link(first, each);
  const copy = await otherDisk();
  await cp(fleet.profileRoot, copy, { recursive: true });
  await stop(fleet);
  await fleet.ask(SALES, 'start');
  await fleet.reaches(SALES, 'ready');
  await changeLogin(fleet);
  await stop(fleet);
  const errors: Error[] = [];
  await removeStaleProfiles({
    root: copy,
    vault: vaultOf(fleet),
    driver: first.driver,
    onError: (error) => errors.push(error),
  });
  expect(errors).toEqual([]);
  expect((await readdir(copy)).map((name) => join(copy, name))).toEqual([profileDirOf(copy, sessionKey(OTHER))]);
});
