const SHORTEST_MS = 5_000;
const LONGEST_MS = 300_000;
/** Nobody has left yet: nothing is known. */
const UNKNOWN_MS = 30_000;
/** Clients that were refused at once come back over a time a quarter longer than the shortest of them, not at once. */
const SPREAD = 0.25;

/**
 * When a full fleet may have a place again (ms from `now`): sessions have left it at some pace, and if the last one did
 * so longer ago than that pace says, the pace is no longer true. `departures`: when the last ones left (ms since 1970),
 * the latest first. `chance`: from 0 to 1, spreads those who ask. Never less than five seconds nor more than five
 * minutes.
 */
export function forecastQueue(departures: readonly number[], now: number, chance: number): number {
  const [latest] = departures;
  const earliest = departures.at(-1);
  const expected =
    latest === undefined || earliest === undefined
      ? UNKNOWN_MS
      : Math.max((now - earliest) / departures.length, now - latest);
  const bounded = Math.min(LONGEST_MS / (1 + SPREAD), Math.max(SHORTEST_MS, expected));
  return bounded * (1 + SPREAD * chance);
}
