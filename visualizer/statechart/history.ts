import type { Session, Transition } from '../../src/domain/session.ts';

/**
 * What of a session may be shown, kept and exported: how it stands, never who it is, what it shows or what was said.
 */
export type Facts = Readonly<Record<(typeof FACTS)[number], string | number | boolean | null>>;

const FACTS = [
  'desired',
  'reason',
  'attempt',
  'maxAttempts',
  'nextAttemptAt',
  'restarts',
  'durable',
  'place',
  'heldBy',
  'qr',
  'error',
  'node',
  'epoch',
] as const;

type Told = Pick<
  Session,
  'desired' | 'reason' | 'reconnect' | 'restarts' | 'durable' | 'queue' | 'lastError' | 'nodeId' | 'epoch'
> & { readonly qr?: { readonly seq: number } | null };

/** Named one by one, so that what the interface adds later is left out until somebody has thought about it. */
export function factsOf(session: Told): Facts {
  return {
    desired: session.desired,
    reason: session.reason,
    attempt: session.reconnect.attempt,
    maxAttempts: session.reconnect.maxAttempts,
    nextAttemptAt: session.reconnect.nextAttemptAt,
    restarts: session.restarts,
    durable: session.durable,
    place: session.queue?.position ?? null,
    heldBy: session.queue?.heldBy ?? null,
    // Which one, not what it says.
    qr: session.qr?.seq ?? null,
    error: session.lastError?.code ?? null,
    node: session.nodeId,
    epoch: session.epoch,
  };
}

export interface Change {
  readonly fact: keyof Facts;
  readonly before: Facts[keyof Facts];
  readonly after: Facts[keyof Facts];
}

export function changesBetween(before: Facts, after: Facts): readonly Change[] {
  return FACTS.flatMap((fact) =>
    before[fact] === after[fact] ? [] : [{ fact, before: before[fact], after: after[fact] }],
  );
}

/** Where a session is well: what led to a failure begins here. */
const BEGINNINGS = new Set(['ready', 'waiting_qr']);

/**
 * The steps, oldest first, that led to the one at `index`: since the session was last well, was restarted after a
 * failure, or somebody asked for something.
 */
export function stepsThatLedTo(
  steps: readonly Pick<Transition, 'from' | 'to' | 'event'>[],
  index: number,
): readonly number[] {
  const led = [index];
  for (let at = index; at > 0; at -= 1) {
    const step = steps[at];
    if (step === undefined || isBeginning(step)) break;
    led.unshift(at - 1);
  }
  return led;
}

function isBeginning({ from, to, event }: Pick<Transition, 'from' | 'to' | 'event'>): boolean {
  const wasFailed = from.startsWith('failed.') && !to.startsWith('failed.');
  return wasFailed || BEGINNINGS.has(from.split('.', 1)[0] ?? '') || /^(?:intent|session)\./.test(event);
}

/** The last step at or before `index` at which the session failed or was lost; `null` when it never was. */
export function lastFailure(steps: readonly Pick<Transition, 'from' | 'to'>[], index: number): number | null {
  const isFailure = ({ from, to }: Pick<Transition, 'from' | 'to'>): boolean =>
    ['failed', 'reconnecting'].some((state) => to.startsWith(`${state}.`) && !from.startsWith(`${state}.`));
  const found = steps.slice(0, index + 1).findLastIndex(isFailure);
  return found === -1 ? null : found;
}
