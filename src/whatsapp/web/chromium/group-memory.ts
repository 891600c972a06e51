import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, type ProcessIdentity } from '../../../host/process-identity.ts';

const KIB = 1_024;
/** The kernel makes a reader wait while the process itself changes its mappings. */
const READ_WITHIN_MS = 5_000;

/**
 * Bytes of memory that the processes of the group which `leader` began hold now; `null` when the leader is gone, when
 * it cannot be told in 5 s, and where there is no /proc. Shared pages count in parts, so that the sum over browsers is
 * what they take together. Never rejects.
 */
export async function groupMemory(leader: ProcessIdentity): Promise<number | null> {
  if (process.platform !== 'linux') return null;
  const giveUp = new AbortController();
  const late = sleep(READ_WITHIN_MS, null, { signal: giveUp.signal, ref: false }).catch(() => null);
  try {
    const bytes = await Promise.race([sumOfGroup(leader.pid), late]);
    // Asked last: as long as the leader runs, the group's number was nobody else's meanwhile.
    return isRunning(leader) ? bytes : null;
  } catch {
    return null;
  } finally {
    giveUp.abort();
  }
}

async function sumOfGroup(group: number): Promise<number> {
  const members = (await groupsNow()).get(group) ?? [];
  const sizes = await Promise.all(members.map((pid) => processMemory(`/proc/${pid}`)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

let scan: Promise<ReadonlyMap<number, readonly string[]>> | null = null;

/**
 * The processes of this machine by their group. Who asks while an answer is on its way gets that one: a hundred
 * browsers cost one look.
 */
async function groupsNow(): Promise<ReadonlyMap<number, readonly string[]>> {
  scan ??= scanGroups().finally(() => {
    scan = null;
  });
  return scan;
}

async function scanGroups(): Promise<ReadonlyMap<number, readonly string[]>> {
  const groups = new Map<number, string[]>();
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  await Promise.all(
    pids.map(async (pid) => {
      const stat = await textOf(`/proc/${pid}/stat`);
      // After the command in brackets: state, parent, group (proc(5)).
      const group = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
      const members = groups.get(group);
      if (members === undefined) groups.set(group, [pid]);
      else members.push(pid);
    }),
  );
  return groups;
}

/**
 * Bytes of one process, by its directory in /proc: its proportional share (PSS). A kernel that does not show that to us
 * shows everybody what is the process's alone: less, but no page is counted twice. One that has ended holds nothing.
 */
export async function processMemory(directory: string): Promise<number> {
  const share = kibibytes(await textOf(`${directory}/smaps_rollup`), 'Pss');
  if (share !== null) return share * KIB;
  const status = await textOf(`${directory}/status`);
  return ((kibibytes(status, 'RssAnon') ?? 0) + (kibibytes(status, 'RssShmem') ?? 0)) * KIB;
}

function kibibytes(text: string, field: string): number | null {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
  return found === undefined ? null : Number(found);
}

const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
