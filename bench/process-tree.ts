import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { identifyProcess, isRunning, type ProcessIdentity } from '../src/host/process-identity.ts';

export interface ProcessMemory {
  readonly pid: number;
  /** The command's name, 15 characters at most. */
  readonly command: string;
  /** Proportional set size: a page that n processes share counts 1/n for each. */
  readonly pssMb: number;
}

/** A process and all its living descendants, itself first. */
export function processTree(root: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = read(`/proc/${entry}/stat`);
    // After the command in brackets, which may hold anything: state and parent (proc(5)).
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state !== undefined && state !== 'Z')
      children.set(Number(parent), [...(children.get(Number(parent)) ?? []), Number(entry)]);
  }
  const collect = (pid: number): readonly number[] => [pid, ...(children.get(pid) ?? []).flatMap(collect)];
  return collect(root);
}

export function memoryOfTree(root: number): readonly ProcessMemory[] {
  return processTree(root).map((pid) => ({
    pid,
    command: read(`/proc/${pid}/comm`).trim(),
    pssMb: Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) / 1_024,
  }));
}

const POLL_MS = 50;

/**
 * Ends a process by `ask`, and kills whatever of its tree is still there after `graceMs`. Resolves when all of it is
 * gone.
 */
export async function endTree(root: number, ask: () => void, graceMs: number): Promise<void> {
  const members = processTree(root)
    .map(identifyProcess)
    .filter((identity) => identity !== null);
  ask();
  await untilGone(members, graceMs);
  for (const { pid } of members.filter(isRunning)) kill(pid);
  if (!(await untilGone(members, graceMs))) throw new Error(`Processes of ${root} survived being killed.`);
}

async function untilGone(members: readonly ProcessIdentity[], deadlineMs: number): Promise<boolean> {
  const end = performance.now() + deadlineMs;
  while (members.some(isRunning)) {
    if (performance.now() > end) return false;
    await sleep(POLL_MS);
  }
  return true;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
