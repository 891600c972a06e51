import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identifyProcess, type ProcessIdentity } from '../../../host/process-identity.ts';

const POLL_MS = 20;

/**
 * Whether a process of the group that `leader` began still runs. A number that meanwhile belongs to somebody else is
 * not this group: the kernel gives a group's number to a new process only once the group is empty.
 */
export function isGroupAlive(leader: ProcessIdentity): boolean {
  const holder = identifyProcess(leader.pid);
  if (holder !== null) return holder.startedAt === leader.startedAt;
  if (!isSignalable(leader.pid)) return false;
  // What is left may be zombies, which signals still find: without an init they stay until their parent ends.
  return process.platform !== 'linux' || hasLivingMember(leader.pid);
}

/** Kills every process of the group, and nobody else. One that is gone is fine. */
export function killGroup(leader: ProcessIdentity): void {
  if (!isGroupAlive(leader)) return;
  try {
    process.kill(-leader.pid, 'SIGKILL');
  } catch {
    // It ended in this very moment.
  }
}

/** Resolves with whether the group is gone, at `deadlineMs` at the latest. */
export async function untilGroupGone(leader: ProcessIdentity, deadlineMs: number): Promise<boolean> {
  const end = performance.now() + deadlineMs;
  while (isGroupAlive(leader)) {
    if (performance.now() >= end) return false;
    await sleep(POLL_MS);
  }
  return true;
}

function isSignalable(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function hasLivingMember(group: number): boolean {
  return readdirSync('/proc').some((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      // After the command in brackets: state, parent, group (proc(5)).
      const [state, , groupOfEntry] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(groupOfEntry) === group && state !== 'Z' && state !== 'X';
    } catch {
      return false;
    }
  });
}
