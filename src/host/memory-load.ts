import { join } from 'node:path';

import { numberIn, textOf, type Cgroup } from './cgroups.ts';

/**
 * The part of memory in use, 0 to 1, or `null` when it cannot be told: of the tightest cgroup limit, or of the host's
 * memory where no limit is below that. At 1 the kernel kills a process.
 * @param proc the directory that is mounted as /proc
 */
export function memoryLoad(cgroup: Cgroup | null, proc: string): number | null {
  const meminfo = textOf(join(proc, 'meminfo'));
  const total = kibibytes(meminfo, 'MemTotal');
  const levels = cgroup === null ? [] : cgroup.levels.map((level) => usageOf(level, cgroup.version));
  const parts = levels
    .filter((level) => level !== null)
    .filter(({ limit }) => total === null || limit < total)
    .map(({ used, limit }) => used / limit);
  if (parts.length > 0) return Math.min(1, Math.max(...parts));
  const available = kibibytes(meminfo, 'MemAvailable');
  return total === null || total === 0 || available === null ? null : Math.min(1, Math.max(0, 1 - available / total));
}

interface Usage {
  readonly used: number;
  readonly limit: number;
}

const FILES = {
  // Beyond `memory.high` nobody is killed, but everybody made to wait.
  2: {
    used: 'memory.current',
    limits: ['memory.max', 'memory.high'],
    inactive: 'inactive_file',
    active: 'active_file',
    mapped: 'file_mapped',
  },
  1: {
    used: 'memory.usage_in_bytes',
    limits: ['memory.limit_in_bytes'],
    inactive: 'total_inactive_file',
    active: 'total_active_file',
    mapped: 'total_mapped_file',
  },
} as const;

function usageOf(level: string, version: 1 | 2): Usage | null {
  const { used, limits } = FILES[version];
  const total = numberIn(textOf(join(level, used)));
  const limit = Math.min(...limits.map((name) => numberIn(textOf(join(level, name))) ?? Infinity));
  if (total === null || limit === Infinity || limit === 0) return null;
  return { used: Math.max(0, total - reclaimable(level, version)), limit };
}

/**
 * Bytes of the page cache that the kernel gives back when memory is needed. They count as used, and fill any container
 * in the end. Inactive pages go first. Of the active ones, the mapped pages are the code of running processes, and do
 * not count as free.
 */
function reclaimable(level: string, version: 1 | 2): number {
  const stat = textOf(join(level, 'memory.stat'));
  const bytes = (kind: 'inactive' | 'active' | 'mapped'): number => numberIn(stat, FILES[version][kind]) ?? 0;
  const inactive = bytes('inactive');
  return Math.max(inactive, inactive + bytes('active') - bytes('mapped'));
}

function kibibytes(text: string, name: string): number | null {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
  return found === undefined ? null : Number(found) * 1_024;
}
