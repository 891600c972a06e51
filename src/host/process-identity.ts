import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * A process, told apart from a later one that got the same pid. `startedAt` is opaque: equal for one process, different
 * for two of the same pid, over reboots too.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

/**
 * The process that runs under this pid now, or `null`. A zombie is none: it has ended and only waits to be reaped.
 */
export function identifyProcess(pid: number): ProcessIdentity | null {
  const startedAt = process.platform === 'linux' ? linuxStartTime(pid) : posixStartTime(pid);
  return startedAt === null ? null : { pid, startedAt };
}

/** Whether exactly this process, not a namesake, still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startedAt === identity.startedAt;
}

/**
 * Field 22 of /proc/PID/stat counts clock ticks since boot (proc(5)), so it is unique only together with the boot's own
 * id.
 */
function linuxStartTime(pid: number): string | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // The second field, the command in brackets, may itself hold blanks and brackets.
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = rest[18];
  if (ticks === undefined || state === 'Z' || state === 'X') return null;
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${ticks}`;
}

function posixStartTime(pid: number): string | null {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      timeout: 5_000,
    }).trim();
    return line === '' || line.startsWith('Z') ? null : line.replace(/^\S+\s+/, '');
  } catch {
    return null;
  }
}
