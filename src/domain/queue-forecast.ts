const SHORTEST_MS = 5_000;
const LONGEST_MS = 300_000;
/** The answer before the first departure, when nothing is known. */
const UNKNOWN_MS = 30_000;
/** Spreads the return of clients that were refused at the same moment: the longest wait is a quarter longer. */
const SPREAD = 0.25;

/**
 * The wait until a full fleet may have a place again (ms from `now`): the mean time between departures, or the time since
 * the last departure where that is longer. From five seconds to five minutes.
 * @param departures the times of the last departures (ms since 1970), the latest first
 * @param chance from 0 to 1; spreads the clients that ask at the same moment
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
