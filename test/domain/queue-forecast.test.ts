import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { forecastQueue } from '../../src/domain/queue-forecast.ts';

const NOW = Date.UTC(2026, 0, 1);
const ages = fc.array(fc.nat(10_000_000), { maxLength: 20 }).map((all) => all.toSorted((a, b) => a - b));
const chance = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const before = (now: number, ...seconds: readonly number[]) => seconds.map((each) => now - each * 1_000);

describe('When a full fleet may have a place again', () => {
  it('is thirty seconds where nobody has left yet', () => {
    expect(forecastQueue([], NOW, 0)).toBe(30_000);
  });

  it('follows the pace at which sessions left', () => {
    expect(forecastQueue(before(NOW, 10, 20, 30, 40), NOW, 0)).toBe(10_000);
    expect(forecastQueue(before(NOW, 60, 120), NOW, 0)).toBe(60_000);
  });

  it('grows while nobody leaves any more', () => {
    const left = before(NOW, 10, 20, 30, 40);
    const forecasts = [0, 20, 60, 120].map((later) => forecastQueue(left, NOW + later * 1_000, 0));
    expect(forecasts).toEqual([10_000, 30_000, 70_000, 130_000]);
  });

  it('is never less than five seconds nor more than five minutes, whatever is stored and however clocks differ', () => {
    fc.assert(
      fc.property(ages, fc.integer({ min: -100_000, max: 100_000 }), chance, (all, skew, random) => {
        const forecast = forecastQueue(
          all.map((age) => NOW - age),
          NOW + skew,
          random,
        );
        expect(forecast).toBeGreaterThanOrEqual(5_000);
        expect(forecast).toBeLessThanOrEqual(300_000);
      }),
    );
  });

  it('is not the same for everybody who asks, not even where it is longest', () => {
    fc.assert(
      fc.property(ages, (all) => {
        const departures = all.map((age) => NOW - age);
        const [soonest, latest] = [forecastQueue(departures, NOW, 0), forecastQueue(departures, NOW, 0.999)];
        expect(latest).toBeGreaterThan(soonest * 1.2);
      }),
    );
  });
});
