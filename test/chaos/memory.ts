import { readFileSync } from 'node:fs';

/** What a process holds in memory now, in MB. Throws when there is no such process. */
export function residentMb(pid: number): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return Math.round((pages * 4_096) / 2 ** 20);
}
