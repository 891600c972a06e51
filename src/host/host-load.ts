import { findCgroup } from './cgroups.ts';
import { CpuMeter, type CpuCgroup } from './cpu-load.ts';
import { memoryLoad } from './memory-load.ts';

/**
 * How full the machine or container is that this process runs in: parts from 0 to 1, `null` where that cannot be told.
 */
export interface HostLoad {
  readonly memory: number | null;
  /** Since the reading before. */
  readonly cpu: number | null;
}

interface HostLoadOptions {
  /** The directory that is mounted as /proc. @defaultValue /proc */
  readonly proc?: string;
  /** Milliseconds that never jump. @defaultValue `performance.now` */
  readonly now?: () => number;
}

/**
 * Returns what reads the present load: a dozen small files of the kernel, half a millisecond in all. Never throws;
 * where there is no Linux, nothing can be told.
 *
 * Node's own `constrainedMemory` and `availableMemory` would not do: they count the files that the kernel merely keeps
 * around as used, so that a container which has run for long looks full.
 */
export function watchHostLoad({ proc = '/proc', now = () => performance.now() }: HostLoadOptions = {}): () => HostLoad {
  const memoryCgroup = findCgroup('memory', proc);
  const cpu = new CpuMeter(findCpuCgroup(proc), proc, now);
  return () => ({ memory: memoryLoad(memoryCgroup, proc), cpu: cpu.read() });
}

function findCpuCgroup(proc: string): CpuCgroup | null {
  const quota = findCgroup('cpu', proc);
  const usage = findCgroup('cpuacct', proc);
  if (quota === null) return null;
  if (quota.version === 2) return { quota, usage: quota };
  return usage?.version === 1 ? { quota, usage } : null;
}
