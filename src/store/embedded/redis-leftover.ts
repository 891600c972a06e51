import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

import { identifyProcess, isRunning, type ProcessIdentity } from '../../host/process-identity.ts';

const identitySchema = z.strictObject({ pid: z.int().positive(), startedAt: z.string() });

const POLL_MS = 20;
const KILL_DEADLINE_MS = 5_000;

const recordPath = (directory: string): string => join(directory, 'redis-process.json');

/**
 * Notes on disk which process serves this directory, so that the next start finds it when this process is killed.
 * Synchronous on purpose: nothing may come between the spawn and the note. Throws when the disk refuses.
 */
export function recordRedisProcess(directory: string, pid: number): ProcessIdentity | null {
  const identity = identifyProcess(pid);
  if (identity !== null) writeFileSync(recordPath(directory), JSON.stringify(identity), { mode: 0o600 });
  return identity;
}

export function forgetRedisProcess(directory: string): void {
  rmSync(recordPath(directory), { force: true });
}

/**
 * Ends the Redis that an earlier, killed service left on this directory: SIGTERM, so that it writes what it holds, then
 * SIGKILL after `graceMs`. Returns its pid, or `null` when there was none. The caller holds the data directory's lock,
 * so nobody else is served by it.
 */
export async function endLeftoverRedis(directory: string, graceMs: number): Promise<number | null> {
  const leftover = readRecord(directory);
  if (leftover === null) return null;
  const wasRunning = isRunning(leftover);
  if (wasRunning) await endProcess(leftover, graceMs);
  forgetRedisProcess(directory);
  return wasRunning ? leftover.pid : null;
}

/**
 * Ends exactly this process: SIGTERM, and SIGKILL after `graceMs`. Its group is its own, so a child that rewrites the
 * AOF goes with it. Resolves once it is gone, or when the kernel itself does not let go of it: a dead disk.
 */
export async function endProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
  signal(identity, 'SIGTERM');
  if (await hasEnded(identity, graceMs)) return;
  signal(identity, 'SIGKILL');
  await hasEnded(identity, KILL_DEADLINE_MS);
}

async function hasEnded(identity: ProcessIdentity, withinMs: number): Promise<boolean> {
  const giveUpAt = performance.now() + withinMs;
  while (isRunning(identity)) {
    if (performance.now() >= giveUpAt) return false;
    await sleep(POLL_MS);
  }
  return true;
}

function signal({ pid }: ProcessIdentity, name: 'SIGTERM' | 'SIGKILL'): void {
  for (const target of name === 'SIGKILL' ? [-pid, pid] : [pid]) {
    try {
      process.kill(target, name);
    } catch {
      // It ended in between: what was wanted.
    }
  }
}

function readRecord(directory: string): ProcessIdentity | null {
  try {
    return identitySchema.parse(JSON.parse(readFileSync(recordPath(directory), 'utf8')));
  } catch {
    // No record, or half of one: a power cut, which left no process either.
    return null;
  }
}
