import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { identifyProcess, type ProcessIdentity } from '../../../src/host/process-identity.ts';
import { BrowserRegistry } from '../../../src/whatsapp/web/browser-registry.ts';
import { isGroupAlive, killGroup, untilGroupGone } from '../../../src/whatsapp/web/chromium/process-group.ts';

const NOBODY: ProcessIdentity = { pid: 4_000_000, startedAt: 'long ago' };

let directory: string;
const started: ChildProcess[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'registry-'));
});
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await rm(directory, { recursive: true, force: true });
});

/** Leads a group of its own, like a browser. */
async function start(command: string, ...args: readonly string[]): Promise<ProcessIdentity> {
  const child = spawn(command, args, { detached: true, stdio: 'ignore' });
  started.push(child);
  await once(child, 'spawn');
  const identity = identifyProcess(child.pid ?? 0);
  if (identity === null) throw new Error('It did not start');
  return identity;
}

const leave = (leader: ProcessIdentity, owner: ProcessIdentity) =>
  writeFile(join(directory, `${leader.pid}.json`), JSON.stringify({ key: 'u1/sales', leader, owner }));

it('lists the browsers that live, and notes each in a file', async () => {
  const registry = new BrowserRegistry(directory);
  const leader = await start('sleep', '60');
  registry.add({ key: 'u1/sales', leader });
  expect(registry.list()).toEqual([{ key: 'u1/sales', leader }]);
  expect(await readdir(directory)).toEqual([`${leader.pid}.json`]);
  registry.remove({ key: 'u1/sales', leader });
  expect(registry.list()).toEqual([]);
  expect(await readdir(directory)).toEqual([]);
});

it('kills what a dead service has left behind, and forgets it', async () => {
  const leader = await start('sleep', '60');
  await leave(leader, NOBODY);
  expect(await new BrowserRegistry(directory).reapLeftovers()).toEqual([{ key: 'u1/sales', leader }]);
  expect(isGroupAlive(leader)).toBe(false);
  expect(await readdir(directory)).toEqual([]);
});

it("never harms a process that has got a dead browser's pid", async () => {
  const leader = await start('sleep', '60');
  await leave({ ...leader, startedAt: 'at another time' }, NOBODY);
  expect(await new BrowserRegistry(directory).reapLeftovers()).toEqual([]);
  expect(isGroupAlive(leader)).toBe(true);
  expect(await readdir(directory)).toEqual([]);
});

it('leaves the browsers of a living service alone', async () => {
  const leader = await start('sleep', '60');
  await leave(leader, await start('sleep', '60'));
  expect(await new BrowserRegistry(directory).reapLeftovers()).toEqual([]);
  expect(isGroupAlive(leader)).toBe(true);
  expect(await readdir(directory)).toEqual([`${leader.pid}.json`]);
});

it('forgets a note that nobody can read', async () => {
  await writeFile(join(directory, '1.json'), '{');
  expect(await new BrowserRegistry(directory).reapLeftovers()).toEqual([]);
  expect(await readdir(directory)).toEqual([]);
});

it('kills all at once when there is no time to ask', async () => {
  const registry = new BrowserRegistry(directory);
  const leader = await start('sleep', '60');
  registry.add({ key: 'u1/sales', leader });
  registry.killAll();
  expect(await untilGroupGone(leader, 5_000)).toBe(true);
});

it('knows a group as alive while any member is, its leader or not, and kills them all', async () => {
  const leader = await start('sh', '-c', 'sleep 60 & sleep 0.3');
  await expect.poll(() => identifyProcess(leader.pid)).toBeNull();
  expect(isGroupAlive(leader)).toBe(true);
  killGroup(leader);
  expect(await untilGroupGone(leader, 5_000)).toBe(true);
});
