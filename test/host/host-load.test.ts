import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { watchHostLoad } from '../../src/host/host-load.ts';
import { useTempDir } from '../temp-dir.ts';

const GIB = 2 ** 30;
const UNLIMITED_IN_V1 = '9223372036854771712';

/**
 * A machine's /proc and /sys/fs/cgroup, as files that a test lays out and changes; time stands still unless it is
 * moved.
 */
function layOut(files: Record<string, string> = {}) {
  const root = useTempDir();
  let nowMs = 5_000;
  const write = (more: Record<string, string>): void => {
    for (const [path, text] of Object.entries(more)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), `${text.replaceAll('ROOT', root)}\n`);
    }
  };
  write(files);
  return {
    write,
    pass: (ms: number) => void (nowMs += ms),
    watch: () => watchHostLoad({ proc: join(root, 'proc'), now: () => nowMs }),
  };
}

const MACHINE = {
  'proc/meminfo': 'MemTotal:       16777216 kB\nMemFree:          100000 kB\nMemAvailable:   12582912 kB',
  'proc/stat': 'cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0 0 0\ncpu1 0 0 0 0 0 0 0 0 0 0',
};
const V2 = {
  'proc/self/mountinfo': '35 24 0:30 / ROOT/cgroup rw,nosuid - cgroup2 cgroup2 rw',
  'proc/self/cgroup': '0::/wa.slice/wa.service',
};
const V1 = {
  'proc/self/mountinfo': ['memory', 'cpu,cpuacct']
    .map((name) => `34 30 0:31 /docker/4711 ROOT/${name} ro - cgroup cgroup rw,${name}`)
    .join('\n'),
  'proc/self/cgroup': '9:name=systemd:/docker/4711\n4:memory:/docker/4711\n3:cpu,cpuacct:/docker/4711',
};

describe('memory', () => {
  const memory = (files: Record<string, string>) => layOut({ ...MACHINE, ...files }).watch()().memory;

  it('is the machine’s where nothing limits us', () => {
    expect(memory({})).toBe(0.25);
  });

  it('is what our group uses of its limit', () => {
    expect(
      memory({
        ...V2,
        'cgroup/wa.slice/wa.service/memory.max': `${4 * GIB}`,
        'cgroup/wa.slice/wa.service/memory.current': `${3 * GIB}`,
      }),
    ).toBe(0.75);
  });

  it('is that of an outer group whose limit is tighter', () => {
    expect(
      memory({
        ...V2,
        'cgroup/wa.slice/wa.service/memory.max': `${4 * GIB}`,
        'cgroup/wa.slice/wa.service/memory.current': `${GIB}`,
        'cgroup/wa.slice/memory.max': `${2 * GIB}`,
        'cgroup/wa.slice/memory.current': `${GIB}`,
      }),
    ).toBe(0.5);
  });

  it('is the machine’s where the limit is none, or beyond the machine', () => {
    expect(
      memory({
        ...V2,
        'cgroup/wa.slice/wa.service/memory.max': 'max',
        'cgroup/wa.slice/wa.service/memory.current': `${GIB}`,
      }),
    ).toBe(0.25);
    expect(
      memory({
        ...V2,
        'cgroup/wa.slice/wa.service/memory.max': `${64 * GIB}`,
        'cgroup/wa.slice/wa.service/memory.current': `${GIB}`,
      }),
    ).toBe(0.25);
    expect(
      memory({ ...V1, 'memory/memory.limit_in_bytes': UNLIMITED_IN_V1, 'memory/memory.usage_in_bytes': `${GIB}` }),
    ).toBe(0.25);
  });

  it('reaches its end where the kernel slows us down, before it kills', () => {
    expect(
      memory({
        ...V2,
        'cgroup/wa.slice/wa.service/memory.max': 'max',
        'cgroup/wa.slice/wa.service/memory.high': `${2 * GIB}`,
        'cgroup/wa.slice/wa.service/memory.current': `${GIB}`,
      }),
    ).toBe(0.5);
  });

  it.each([
    ['what was read once', 1 * GIB, 0, 0, 0.5],
    ['what is read again and again', 0, 1 * GIB, 0, 0.5],
    ['all but what processes have mapped', 0, 1 * GIB, 0.5 * GIB, 0.625],
    ['what was read once, mapped or not', 1 * GIB, 0, 1 * GIB, 0.5],
  ])('does not count, of the files that the kernel keeps around, %s', (_, inactive, active, mapped, expected) => {
    expect(
      memory({
        ...V2,
        'cgroup/wa.slice/wa.service/memory.max': `${4 * GIB}`,
        'cgroup/wa.slice/wa.service/memory.current': `${3 * GIB}`,
        'cgroup/wa.slice/wa.service/memory.stat': `anon 1\ninactive_file ${inactive}\nactive_file ${active}\nfile_mapped ${mapped}`,
      }),
    ).toBe(expected);
  });

  it('is a container’s in the first version of cgroups, whose own part alone is mounted', () => {
    expect(
      memory({
        ...V1,
        'memory/memory.limit_in_bytes': `${4 * GIB}`,
        'memory/memory.usage_in_bytes': `${3 * GIB}`,
        'memory/memory.stat': `inactive_file 1\ntotal_inactive_file ${GIB}`,
      }),
    ).toBe(0.5);
  });
});

describe('the processor', () => {
  it('is not known before a first moment has passed', () => {
    expect(layOut(MACHINE).watch()().cpu).toBeNull();
  });

  it('is the machine’s where nothing limits us: what is neither idle nor waiting for a disk', () => {
    const host = layOut(MACHINE);
    const read = host.watch();
    host.write({ 'proc/stat': 'cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 10 5 5 60 10 5 3 2 7 7\ncpu1 20 10 10 40 10 5 3 2 7 7' });
    expect(read().cpu).toBe(0.4);
    host.write({ 'proc/stat': 'cpu0 10 5 5 160 10 5 3 2 7 7\ncpu1 20 10 10 140 10 5 3 2 7 7' });
    expect(read().cpu).toBe(0);
  });

  it('is that of the cores that we may run on', () => {
    const host = layOut({ ...MACHINE, 'proc/self/status': 'Name:\tnode\nCpus_allowed_list:\t1-2,7' });
    const read = host.watch();
    host.write({ 'proc/stat': 'cpu0 0 0 0 100 0 0 0 0 0 0\ncpu1 75 0 0 25 0 0 0 0 0 0' });
    expect(read().cpu).toBe(0.75);
  });

  it('is what our group uses of its quota', () => {
    const host = layOut({
      ...MACHINE,
      ...V2,
      'cgroup/wa.slice/wa.service/cpu.max': '150000 100000',
      'cgroup/wa.slice/wa.service/cpu.stat': 'usage_usec 1000000',
    });
    const read = host.watch();
    host.pass(1_000);
    host.write({ 'cgroup/wa.slice/wa.service/cpu.stat': 'usage_usec 1750000' });
    expect(read().cpu).toBe(0.5);
    host.pass(2_000);
    host.write({ 'cgroup/wa.slice/wa.service/cpu.stat': 'usage_usec 4900000' });
    expect(read().cpu).toBe(1);
  });

  it('is what our group uses of its quota in the first version of cgroups', () => {
    const host = layOut({
      ...MACHINE,
      ...V1,
      'cpu,cpuacct/cpu.cfs_quota_us': '50000',
      'cpu,cpuacct/cpu.cfs_period_us': '100000',
      'cpu,cpuacct/cpuacct.usage': '0',
    });
    const read = host.watch();
    host.pass(1_000);
    host.write({ 'cpu,cpuacct/cpuacct.usage': '400000000' });
    expect(read().cpu).toBe(0.8);
  });

  it('is the machine’s where the quota is none', () => {
    const host = layOut({
      ...MACHINE,
      ...V2,
      'cgroup/wa.slice/wa.service/cpu.max': 'max 100000',
      'cgroup/wa.slice/wa.service/cpu.stat': 'usage_usec 1',
    });
    const read = host.watch();
    host.write({ 'proc/stat': 'cpu0 60 0 0 40 0 0 0 0 0 0' });
    expect(read().cpu).toBe(0.6);
  });

  it('stays what it was when it is asked for again within a tick', () => {
    const host = layOut(MACHINE);
    const read = host.watch();
    host.write({ 'proc/stat': 'cpu0 60 0 0 40 0 0 0 0 0 0' });
    expect([read().cpu, read().cpu]).toEqual([0.6, 0.6]);
  });
});

it('where the kernel shows nothing, or something else than expected, nothing is known and nothing thrown', () => {
  expect(layOut().watch()()).toEqual({ memory: null, cpu: null });
  const nonsense = {
    'proc/meminfo': 'MemTotal: lots',
    'proc/stat': 'cpu0 a b',
    'proc/self/mountinfo': 'x - cgroup2',
    'proc/self/cgroup': '::::',
  };
  expect(layOut(nonsense).watch()()).toEqual({ memory: null, cpu: null });
});

it.runIf(process.platform === 'linux')('on this machine both are known', async () => {
  const read = watchHostLoad();
  await expect.poll(() => read().cpu).not.toBeNull();
  expect(read().memory).toBeGreaterThan(0);
});
