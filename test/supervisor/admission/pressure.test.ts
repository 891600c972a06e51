import { expect, it, onTestFinished } from 'vitest';
import { SimulatedClock } from 'xstate';

import type { HostLoad } from '../../../src/host/host-load.ts';
import type { Pressure } from '../../../src/domain/node-states.ts';
import { PressureWatch } from '../../../src/supervisor/admission/pressure.ts';

/** A watch over a load that the test sets, and all that it has told. */
function watchLoad(onTold: (watch: () => PressureWatch) => void = () => undefined) {
  const clock = new SimulatedClock();
  const told: Pressure[] = [];
  let load: HostLoad = { memory: 0.5, cpu: 0.5 };
  let looks = 0;
  const watch = new PressureWatch({
    clock,
    marks: { memory: 0.9, cpu: 0.95 },
    readLoad: () => {
      looks += 1;
      return load;
    },
    onChange: (level) => {
      told.push(level);
      onTold(() => watch);
    },
  });
  onTestFinished(() => watch.stop());
  const pass = (seconds: number): void => {
    for (let second = 0; second < seconds; second += 1) clock.increment(1_000);
  };
  return {
    watch,
    told,
    looks: () => looks,
    pass,
    set: (next: Partial<HostLoad>) => void (load = { ...load, ...next }),
  };
}

it('a level is told once when it changes, and not while it stays', () => {
  const { told, pass, set } = watchLoad();
  pass(60);
  expect(told).toEqual([]);
  set({ memory: 0.97 });
  pass(60);
  expect(told).toEqual(['high']);
  set({ memory: 0.85 });
  pass(60);
  expect(told).toEqual(['high']);
  set({ memory: 0.6 });
  pass(60);
  expect(told).toEqual(['high', 'normal']);
});

it('a second resource that is short as well is no change', () => {
  const { told, pass, set } = watchLoad();
  set({ memory: 1 });
  pass(10);
  set({ cpu: 1 });
  pass(120);
  set({ memory: 0.1 });
  pass(60);
  expect(told).toEqual(['high']);
});

it('a machine that is full at the start is told of before a second has passed, but not within the construction', () => {
  const { told, pass, set } = watchLoad();
  set({ memory: 0.95 });
  expect(told).toEqual([]);
  pass(1);
  expect(told).toEqual(['high']);
});

it('there is one look each second, and none once it is stopped', () => {
  const { watch, looks, pass } = watchLoad();
  pass(10);
  const before = looks();
  pass(10);
  expect(looks()).toBe(before + 10);
  watch.stop();
  pass(10);
  expect(looks()).toBe(before + 10);
});

it('whoever is told may stop it', () => {
  const { looks, pass, set } = watchLoad((watch) => watch().stop());
  set({ memory: 1 });
  pass(1);
  const before = looks();
  pass(10);
  expect(looks()).toBe(before);
});
