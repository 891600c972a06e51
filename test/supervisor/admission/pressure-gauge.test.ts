import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { HostLoad } from '../../../src/host/host-load.ts';
import { PressureGauge, type PressureReading } from '../../../src/supervisor/admission/pressure-gauge.ts';

const MARKS = { memory: 0.9, cpu: 0.95 };
const SECOND = 1_000;
/** Room for the rounding of a thousand multiplications. */
const HAIR = 1e-9;

interface Sample {
  readonly load: HostLoad;
  readonly afterMs: number;
}

const memory = (part: number | null, afterMs = SECOND): Sample => ({ load: { memory: part, cpu: 0 }, afterMs });
const cpu = (part: number | null, afterMs = SECOND): Sample => ({ load: { memory: 0, cpu: part }, afterMs });
const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);

const readingsOf = (samples: readonly Sample[], marks = MARKS): PressureReading[] => {
  const gauge = new PressureGauge(marks);
  return samples.map(({ load, afterMs }) => gauge.add(load, afterMs));
};
const levelsOf = (samples: readonly Sample[], marks = MARKS) => readingsOf(samples, marks).map(({ level }) => level);
const lastOf = (samples: readonly Sample[], marks = MARKS) => levelsOf(samples, marks).at(-1);

describe('memory', () => {
  it('is short at once when it is at the first look', () => {
    expect(levelsOf([memory(0.9)])).toEqual(['high']);
  });

  it('is short within seconds of filling up, and enough again within seconds of being freed', () => {
    expect(lastOf([memory(0.5), ...times(5, memory(0.95))])).toBe('high');
    expect(lastOf([memory(0.95), ...times(5, memory(0.5))])).toBe('normal');
  });

  it('is not short for a single spike', () => {
    expect(levelsOf([memory(0.5), memory(1), memory(0.5)])).toEqual(['normal', 'normal', 'normal']);
  });

  it('stays short until it is below the band', () => {
    expect(lastOf([memory(0.95), ...times(60, memory(0.81))])).toBe('high');
    expect(lastOf([memory(0.95), ...times(60, memory(0.79))])).toBe('normal');
  });
});

describe('the processor', () => {
  it('is not short for launches that keep every core busy for some seconds, not even on a machine that is busy already', () => {
    expect(levelsOf([...times(300, cpu(0.8)), ...times(20, cpu(1))])).not.toContain('high');
  });

  it('is not short at the start of a service, however busy that is', () => {
    expect(levelsOf(times(30, cpu(1)))).not.toContain('high');
  });

  it('is short when it is at its end for minutes, and enough soon after', () => {
    expect(lastOf(times(120, cpu(1)))).toBe('high');
    expect(lastOf([...times(120, cpu(1)), ...times(8, cpu(0.3))])).toBe('normal');
  });

  it('is not short for one sample that comes late, by whatever clock', () => {
    expect(levelsOf([...times(300, cpu(0.8)), cpu(1, 86_400_000)])).not.toContain('high');
  });
});

it('either resource alone makes it high, and both are named', () => {
  const both = { load: { memory: 1, cpu: 1 }, afterMs: SECOND };
  expect(readingsOf(times(120, both)).at(-1)?.short).toEqual(['memory', 'cpu']);
  expect(readingsOf([...times(120, both), ...times(60, memory(1))]).at(-1)).toMatchObject({
    level: 'high',
    short: ['memory'],
  });
});

it('what cannot be told stops nobody', () => {
  expect(levelsOf([memory(0.95), memory(null)])).toEqual(['high', 'normal']);
  expect(lastOf([...times(120, cpu(1)), cpu(null)])).toBe('normal');
});

it('a mark of 0 is never reached', () => {
  expect(levelsOf(times(300, { load: { memory: 1, cpu: 1 }, afterMs: SECOND }), { memory: 0, cpu: 0 })).not.toContain(
    'high',
  );
});

describe('whatever the load and however late the samples', () => {
  const part = (min: number, max: number) => fc.double({ min, max, noNaN: true });
  const afterMs = fc.integer({ min: 0, max: 60_000 });
  const samples = (min: number, max: number) =>
    fc.array(fc.record({ load: fc.record({ memory: part(min, max), cpu: part(min, max) }), afterMs }), {
      maxLength: 200,
    });

  it('nothing changes within the band', () => {
    fc.assert(
      fc.property(samples(0.8 + HAIR, 0.9 - HAIR), fc.constantFrom(0.85, 1), (within, start) => {
        // Long enough for both to be short, where they are to be: the smoothed load then falls into the band and stays.
        const before = times(200, { load: { memory: start, cpu: start }, afterMs: SECOND });
        const expected = start === 1 ? 'high' : 'normal';
        for (const level of levelsOf([...before, ...within]).slice(before.length)) expect(level).toBe(expected);
      }),
    );
  });

  it('more load is never less pressure', () => {
    const pairs = fc.array(fc.record({ less: part(0, 1), more: part(0, 1), afterMs }), { maxLength: 200 });
    fc.assert(
      fc.property(pairs, (list) => {
        const loads = (pick: (a: number, b: number) => number): Sample[] =>
          list.map(({ less, more, afterMs: ms }) => ({
            load: { memory: pick(less, more), cpu: pick(less, more) },
            afterMs: ms,
          }));
        const [low, high] = [readingsOf(loads(Math.min)), readingsOf(loads(Math.max))];
        low.forEach(({ short }, index) => expect(high[index]?.short).toEqual(expect.arrayContaining([...short])));
      }),
    );
  });

  it('what is smoothed lies between the least and the most that was seen', () => {
    fc.assert(
      fc.property(samples(0.3, 0.7), (list) => {
        for (const { load } of readingsOf(list)) {
          expect(load.memory).toBeGreaterThanOrEqual(0.3 - HAIR);
          expect(Math.max(load.memory ?? 1, load.cpu ?? 1)).toBeLessThanOrEqual(0.7 + HAIR);
        }
      }),
    );
  });

  it('how often one looks does not change what is seen of a steady load', () => {
    fc.assert(
      fc.property(
        part(0, 1),
        fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 50 }),
        (load, gaps) => {
          const total = gaps.reduce((sum, gap) => sum + gap, 0);
          const often = readingsOf(gaps.map((gap) => cpu(load, gap))).at(-1)?.load.cpu ?? 0;
          expect(often).toBeCloseTo(load * (1 - Math.exp(-total / 20_000)), 9);
        },
      ),
    );
  });
});
