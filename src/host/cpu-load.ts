import { join } from 'node:path';

import { numberIn, textOf, type Cgroup } from './cgroups.ts';

/** Counters that only grow: the load between two readings is the growth of `busy` by that of `possible`. */
interface CpuCounters {
  readonly busy: number;
  readonly possible: number;
}

/** Where time on the processor is limited and counted: in version 2 one group, in version 1 two. */
export interface CpuCgroup {
  readonly quota: Cgroup;
  readonly usage: Cgroup;
}

/**
 * The part of the processor in use since the last reading: of the tightest cgroup quota, or, without a quota, of the
 * cores that this process may run on. Other processes on those cores count, too.
 */
export class CpuMeter {
  readonly #cgroup: CpuCgroup | null;
  readonly #proc: string;
  readonly #now: () => number;
  #last: ReadonlyMap<string, CpuCounters> = new Map();
  #load: number | null = null;

  /**
   * @param proc the directory that is mounted as /proc
   * @param now milliseconds that never jump
   */
  constructor(cgroup: CpuCgroup | null, proc: string, now: () => number) {
    this.#cgroup = cgroup;
    this.#proc = proc;
    this.#now = now;
    this.read();
  }

  /** 0 to 1, or `null` when it cannot be told. */
  read(): number | null {
    const counters = this.#counters();
    const loads = [...counters].flatMap(([name, { busy, possible }]) => {
      const last = this.#last.get(name);
      return last === undefined || possible <= last.possible
        ? []
        : [Math.min(1, Math.max(0, (busy - last.busy) / (possible - last.possible)))];
    });
    // Asked again within a tick of the counters, the answer is the last one.
    if (loads.length > 0) this.#load = Math.max(...loads);
    if (counters.size === 0) this.#load = null;
    this.#last = counters;
    return this.#load;
  }

  #counters(): ReadonlyMap<string, CpuCounters> {
    const ofQuotas = this.#cgroup === null ? [] : quotaCounters(this.#cgroup, this.#now());
    if (ofQuotas.length > 0) return new Map(ofQuotas);
    const ofCores = coreCounters(this.#proc);
    return new Map(ofCores === null ? [] : [['cores', ofCores]]);
  }
}

/** By level, in microseconds. A quota that is changed only makes `possible` jump once. */
function quotaCounters({ quota, usage }: CpuCgroup, nowMs: number): (readonly [string, CpuCounters])[] {
  // Two hierarchies that are cut differently cannot be matched.
  if (quota.levels.length !== usage.levels.length) return [];
  return quota.levels.flatMap((level, index) => {
    const cores = quotaOf(level, quota.version);
    const busy = usedMicroseconds(usage.levels[index] ?? level, usage.version);
    return cores === null || busy === null ? [] : [[level, { busy, possible: nowMs * 1_000 * cores }] as const];
  });
}

/** In cores; `null` when there is none. */
function quotaOf(level: string, version: 1 | 2): number | null {
  const [quota, period] =
    version === 2
      ? textOf(join(level, 'cpu.max')).trim().split(' ')
      : [textOf(join(level, 'cpu.cfs_quota_us')), textOf(join(level, 'cpu.cfs_period_us'))];
  const [quotaUs, periodUs] = [numberIn(quota ?? ''), numberIn(period ?? '')];
  return quotaUs === null || periodUs === null || quotaUs === 0 || periodUs === 0 ? null : quotaUs / periodUs;
}

function usedMicroseconds(level: string, version: 1 | 2): number | null {
  if (version === 2) return numberIn(textOf(join(level, 'cpu.stat')), 'usage_usec');
  const nanoseconds = numberIn(textOf(join(level, 'cpuacct.usage')));
  return nanoseconds === null ? null : nanoseconds / 1_000;
}

/**
 * `cpuN user nice system idle iowait irq softirq steal` in ticks (proc(5)). Time that a hypervisor has stolen counts as
 * used.
 */
function coreCounters(proc: string): CpuCounters | null {
  const allowed = allowedCores(textOf(join(proc, 'self/status')));
  let [cores, busy, possible] = [0, 0, 0];
  for (const line of textOf(join(proc, 'stat')).split('\n')) {
    const [name = '', ...fields] = line.split(' ');
    const core = /^cpu(\d+)$/.exec(name)?.[1];
    if (core === undefined || allowed?.has(Number(core)) === false) continue;
    const ticks = fields.slice(0, 8).map(Number);
    const all = ticks.reduce((sum, one) => sum + one, 0);
    cores += 1;
    possible += all;
    busy += all - (ticks[3] ?? 0) - (ticks[4] ?? 0);
  }
  return cores === 0 || !Number.isFinite(possible) ? null : { busy, possible };
}

/** A list such as `0-3,8`; `null` when it cannot be told. */
function allowedCores(status: string): ReadonlySet<number> | null {
  const list = /^Cpus_allowed_list:\s+([\d,-]+)$/m.exec(status)?.[1];
  if (list === undefined) return null;
  const ranges = list.split(',').map((range) => range.split('-').map(Number));
  return new Set(
    ranges.flatMap(([first = 0, last = first]) =>
      Array.from({ length: last - first + 1 }, (_, index) => first + index),
    ),
  );
}
