import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { identifyProcess, type ProcessIdentity } from '../../../../src/host/process-identity.ts';
import { groupMemory, processMemory } from '../../../../src/whatsapp/web/chromium/group-memory.ts';
import { useTempDir } from '../../../temp-dir.ts';

const MIB = 2 ** 20;
const HOLDS_100_MIB = `globalThis.held = Buffer.alloc(${100 * MIB}, 1); console.log('held'); setInterval(() => {}, 60_000);`;

/** A group whose leader is a small shell, and whose memory is a child's. */
async function startGroup(): Promise<ProcessIdentity> {
  const shell = spawn('/bin/sh', ['-c', '"$0" -e "$1" & wait', process.execPath, HOLDS_100_MIB], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(shell, 'spawn');
  const leader = identifyProcess(shell.pid ?? 0);
  if (leader === null) throw new Error('The group did not start');
  onTestFinished(() => kill(leader));
  await once(shell.stdout, 'data');
  return leader;
}

function kill(leader: ProcessIdentity): void {
  if (identifyProcess(leader.pid)?.startedAt === leader.startedAt) process.kill(-leader.pid, 'SIGKILL');
}

describe('the memory of a group', () => {
  it('is that of its leader and of all that it has started', async () => {
    const bytes = await groupMemory(await startGroup());
    expect(bytes).toBeGreaterThan(100 * MIB);
    expect(bytes).toBeLessThan(400 * MIB);
  });

  it('is told apart from that of another group, when both are asked for at once', async () => {
    const [one, other] = [await startGroup(), await startGroup()];
    for (const bytes of await Promise.all([groupMemory(one), groupMemory(other)])) {
      expect(bytes).toBeGreaterThan(100 * MIB);
      expect(bytes).toBeLessThan(200 * MIB);
    }
  });

  it('is not known once the leader is gone', async () => {
    const leader = await startGroup();
    kill(leader);
    await expect.poll(() => groupMemory(leader)).toBeNull();
  });

  it('is not known when its number has gone to somebody else', async () => {
    const leader = await startGroup();
    expect(await groupMemory({ ...leader, startedAt: 'earlier' })).toBeNull();
  });
});

describe('the memory of a process', () => {
  const processWith = (files: Record<string, string>): string => {
    const directory = join(useTempDir(), '4711');
    mkdirSync(directory);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    return directory;
  };
  const status = 'Name:\tchrome\nVmRSS:\t  900 kB\nRssAnon:\t  500 kB\nRssFile:\t  360 kB\nRssShmem:\t   40 kB\n';

  it('is its proportional share', async () => {
    const directory = processWith({
      smaps_rollup: '55d0-7ffe ---p 00000000 00:00 0 [rollup]\nRss:    900 kB\nPss:    700 kB\nPss_Anon:  500 kB\n',
      status,
    });
    expect(await processMemory(directory)).toBe(700 * 1_024);
  });

  it('is what it has for itself where the share is not shown', async () => {
    expect(await processMemory(processWith({ status }))).toBe(540 * 1_024);
  });

  it('is none when it has ended', async () => {
    expect(await processMemory(processWith({}))).toBe(0);
  });
});
