import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

import { sessionKey } from '../../../src/domain/session.ts';
import { readManifest, writeManifest } from '../../../src/supervisor/credentials/profile-manifest.ts';
import { RedisArchives } from '../../../src/vault/redis-archives.ts';
import { Vault } from '../../../src/vault/vault.ts';
import { session, type Fleet } from '../fleet.ts';
import { profileDirOf, RING } from '../node.ts';
import { useFleet } from '../use-fleet.ts';

const fixture = useFleet();
const SALES = session('sales');
const KEY = sessionKey(SALES);
const OLDER = '143.0.7499.40';
const NEWER = '156.0.8078.114';
const PATCHED = '156.0.8078.79';
const LOGIN = join('Default', 'Local Storage', 'simulated-login.json');

/** The profiles as a crash would leave them now: neither sealed once more nor removed. */
async function asCrashLeaves(fleet: Fleet): Promise<{ readonly root: string; readonly profile: string }> {
  const root = await otherDisk();
  await cp(fleet.profileRoot, root, { recursive: true });
  return { root, profile: profileDirOf(root, KEY) };
}
const vaultOf = (fleet: Fleet) =>
  new Vault({
    store: new RedisArchives({ redis: fleet.redis, prefix: fleet.keys.prefix, randomBytes }),
    ring: RING,
    now: Date.now,
    randomBytes,
  });

async function otherDisk(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'other-disk-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  return root;
}

/** A node whose browser is of this version, after all others are gone. `profileRoot`: another disk than theirs. */
async function nodeWith(fleet: Fleet, version: string | null, profileRoot = fleet.profileRoot) {
  const before = (await fleet.snapshots(SALES)).at(-1)?.session.nodeId ?? null;
  await fleet.clear();
  return fleet.node({ profileRoot, simulation: { version }, ...(before !== null && { deadNodes: [before] }) });
}

const readyOn = (fleet: Fleet, nodeId: string) =>
  fleet.until(SALES, `ready on ${nodeId}`, ({ session: now }) => now.state === 'ready' && now.nodeId === nodeId);

async function refusesOn(fleet: Fleet, node: Awaited<ReturnType<typeof nodeWith>>): Promise<void> {
  const { session: failed } = await fleet.reaches(SALES, 'failed.parked');
  expect(failed).toMatchObject({ reason: 'browser_too_old', lastError: { code: 'BROWSER_TOO_OLD' } });
  expect(failed.lastError?.message).toContain(OLDER);
  expect(failed.lastError?.message).toContain(NEWER);
  expect(node.driver.opened).toEqual([]);
  expect(node.pool.getSnapshot().context.breaker).toBe('closed');
}

it('an archive says which browser wrote the login', async () => {
  const { fleet } = fixture;
  await fleet.link(await nodeWith(fleet, NEWER), SALES);
  expect(await vaultOf(fleet).newest(SALES)).toMatchObject({ writtenBy: NEWER });
});

it('an older browser never opens an archive of a newer one, and the newer one finds it whole', async () => {
  const { fleet } = fixture;
  await fleet.link(await nodeWith(fleet, NEWER), SALES);
  await refusesOn(fleet, await nodeWith(fleet, OLDER, await otherDisk()));
  expect(await vaultOf(fleet).newest(SALES)).toMatchObject({ writtenBy: NEWER });
  const { nodeId } = await nodeWith(fleet, NEWER, await otherDisk());
  await fleet.ask(SALES, 'start');
  await readyOn(fleet, nodeId);
  expect((await fleet.snapshots(SALES)).filter(({ session: now }) => now.qr !== null)).toHaveLength(1);
});

it('an older browser never opens a profile of a newer one', async () => {
  const { fleet } = fixture;
  await fleet.link(await nodeWith(fleet, NEWER), SALES);
  const { root, profile } = await asCrashLeaves(fleet);
  const login = await readFile(join(profile, LOGIN), 'utf8');
  await refusesOn(fleet, await nodeWith(fleet, OLDER, root));
  expect(await readFile(join(profile, LOGIN), 'utf8')).toBe(login);
  expect((await readManifest(profile)).writtenBy).toBe(NEWER);
});

it('a browser of the same build, or one that is newer, opens it', async () => {
  const { fleet } = fixture;
  await fleet.link(await nodeWith(fleet, NEWER), SALES);
  for (const version of [PATCHED, '157.0.8100.1'])
    await readyOn(fleet, (await nodeWith(fleet, version, await otherDisk())).nodeId);
});

it('a browser that does not say which it is opens nothing that was written by a known one, and tries again', async () => {
  const { fleet } = fixture;
  await fleet.link(await nodeWith(fleet, NEWER), SALES);
  const node = await nodeWith(fleet, null, await otherDisk());
  const { session: waits } = await fleet.until(
    SALES,
    'tried again',
    ({ session: now }) => now.lastError?.code === 'BROWSER_VERSION_UNKNOWN',
  );
  expect(waits.reason).toBe('internal_error');
  expect(node.driver.opened).toEqual([]);
});

it('what was sealed without a version opens as before', async () => {
  const { fleet } = fixture;
  await fleet.link(await nodeWith(fleet, null), SALES);
  await readyOn(fleet, (await nodeWith(fleet, OLDER, await otherDisk())).nodeId);
});

it.each([
  ['notes the older version', { writtenBy: OLDER, credentials: 'held' as const }],
  ['notes none, and asked for a scan', { writtenBy: null, credentials: 'refused' as const }],
])('a profile that an older browser has emptied gives way to its archive: one that %s', async (_what, notes) => {
  const { fleet } = fixture;
  await fleet.link(await nodeWith(fleet, NEWER), SALES);
  const { root, profile } = await asCrashLeaves(fleet);
  await fleet.clear();
  const newest = await vaultOf(fleet).newest(SALES);
  // As such a browser leaves what it was given out of this very archive.
  await writeFile(join(profile, LOGIN), 'emptied', { mode: 0o600 });
  await writeManifest(profile, {
    ...(await readManifest(profile)),
    restoredFrom: newest?.generation ?? null,
    ...notes,
  });
  const { nodeId } = await nodeWith(fleet, NEWER, root);
  await readyOn(fleet, nodeId);
  expect((await fleet.snapshots(SALES)).filter(({ session: now }) => now.qr !== null)).toHaveLength(1);
});
