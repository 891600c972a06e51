/** A step of a session's history, as far as its availability is concerned. Times are ISO 8601. */
export interface AvailabilityStep {
  readonly at: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string | null;
}

/** How a session is, and since when that is known. */
export interface AvailabilityNow {
  readonly value: string;
  readonly reason: string | null;
  readonly since: string;
}

/** Seconds within a window in which a session was wanted, and was ready; and why it was not, the rest of them. */
export interface Availability {
  readonly wantedSeconds: number;
  readonly readySeconds: number;
  readonly byCause: Readonly<Record<string, number>>;
}

interface Stretch {
  readonly value: string;
  readonly reason: string | null;
  readonly from: number;
  readonly to: number;
}

const isWithin = (value: string, state: string): boolean => value === state || value.startsWith(`${state}.`);

/**
 * What a session's history says of a window (ms since 1970). Wanted is the time in which it was to run and needed no
 * person: what waits for a scan, and what leads there or comes right behind it, is the phone's time. Moves that were
 * planned count as away. What is older than the history is not known, and not counted.
 *
 * @param steps in the order in which they happened; those before the window may be left out, but for the last.
 */
export function availabilityOf(
  steps: readonly AvailabilityStep[],
  now: AvailabilityNow,
  { from, to }: { readonly from: number; readonly to: number },
): Availability {
  const stretches = stretchesOf(steps, now, to);
  let ready = 0;
  const away = new Map<string, number>();
  for (const [index, stretch] of stretches.entries()) {
    const seconds = Math.max(0, Math.min(stretch.to, to) - Math.max(stretch.from, from)) / 1_000;
    if (seconds === 0 || isThePhones(stretch, stretches[index - 1], stretches[index + 1])) continue;
    if (isWithin(stretch.value, 'ready')) ready += seconds;
    else away.set(causeOf(stretch), (away.get(causeOf(stretch)) ?? 0) + seconds);
  }
  const lost = [...away.values()].reduce((sum, seconds) => sum + seconds, 0);
  return { wantedSeconds: ready + lost, readySeconds: ready, byCause: Object.fromEntries(away) };
}

/** The sums of many. */
export function sumOf(parts: readonly Availability[]): Availability {
  const byCause = new Map<string, number>();
  for (const part of parts)
    for (const [cause, seconds] of Object.entries(part.byCause))
      byCause.set(cause, (byCause.get(cause) ?? 0) + seconds);
  return {
    wantedSeconds: parts.reduce((sum, { wantedSeconds }) => sum + wantedSeconds, 0),
    readySeconds: parts.reduce((sum, { readySeconds }) => sum + readySeconds, 0),
    byCause: Object.fromEntries(byCause),
  };
}

function stretchesOf(steps: readonly AvailabilityStep[], now: AvailabilityNow, to: number): readonly Stretch[] {
  if (steps.length === 0) return [{ value: now.value, reason: now.reason, from: Date.parse(now.since), to }];
  return steps.map(({ at, to: value, reason }, index) => {
    const next = steps[index + 1];
    return { value, reason, from: Date.parse(at), to: next === undefined ? to : Date.parse(next.at) };
  });
}

/** Whether nobody wanted it, or only a phone could have done something. */
function isThePhones(stretch: Stretch, before: Stretch | undefined, after: Stretch | undefined): boolean {
  const { value, reason } = stretch;
  if (isWithin(value, 'waiting_qr')) return true;
  if (isWithin(value, 'disconnected')) return reason !== 'queued' || needsScan(after);
  return isWithin(value, 'authenticating') && (needsScan(before) || needsScan(after));
}

function needsScan(stretch: Stretch | undefined): boolean {
  return stretch !== undefined && isWithin(stretch.value, 'waiting_qr');
}

function causeOf({ value, reason }: Stretch): string {
  if (isWithin(value, 'authenticating')) return 'starting';
  return reason ?? 'unknown';
}
