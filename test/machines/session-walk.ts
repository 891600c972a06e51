import fc from 'fast-check';

import type { SessionEvent } from '../../machines/session.machine.ts';
import { BrowserLedger } from './browser-ledger.ts';
import { newsOf, REQUESTS } from './session-events.ts';
import { delayMs, inputWith, LIMITS, pathOf, runSession, type SessionSnapshot } from './run-session.ts';

/**
 * `onward`: an event that leads to ready. `apt`: an event that changes something in the present state. `any`: any event,
 * of any browser. `wait`: a part of the time until the next deadline, or all of it.
 */
export type Turn =
  | { readonly kind: 'onward' | 'apt' | 'any'; readonly pick: number; readonly twice: boolean }
  | { readonly kind: 'wait'; readonly part: number };

const pick = fc.noBias(fc.nat({ max: 10_000 }));
const turn: fc.Arbitrary<Turn> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('onward' as const), pick, twice: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('apt' as const), pick, twice: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('any' as const), pick, twice: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), part: fc.constantFrom(0.1, 0.5, 1) }) },
);
export const turns = fc.array(turn, { minLength: 10, maxLength: 60, size: 'max' });

/** Events that lead a session on, by the last word of its state; a session in any other waits, or is started. */
const ONWARD: Readonly<Record<string, readonly SessionEvent['type'][]>> = {
  queued: ['launch.granted'],
  launching: ['browser.qr', 'browser.pairing_code', 'browser.authenticated', 'browser.ready'],
  scan: ['browser.qr', 'session.pair', 'browser.scanned', 'browser.authenticated', 'browser.ready'],
  pairing: ['browser.pairing_code', 'browser.scanned', 'browser.authenticated', 'browser.ready'],
  syncing: ['browser.ready'],
  online: ['probe.missed', 'probe.answered', 'browser.lost'],
  unstable: ['probe.missed', 'probe.answered'],
  unlinking: ['browser.unlinked', 'browser.unlink_failed'],
  clearing: ['browser.closed'],
  closing: ['browser.closed'],
  erasing: ['profile.erased'],
  judging: ['supervisor.restart', 'supervisor.park'],
};

/** The snapshots before and after an event, and how many commands it gave. `event` is null for a wait. */
export interface Effect {
  readonly event: SessionEvent | null;
  readonly before: SessionSnapshot;
  readonly after: SessionSnapshot;
  readonly commands: number;
}

/** One session under random events. Its ledger holds each command against the browsers there are. */
export class SessionWalk {
  readonly ledger = new BrowserLedger(LIMITS.closeTimeoutMs);
  readonly #run = runSession(inputWith({ reconnectMaxAttempts: 2 }));
  #told = 0;

  get snapshot(): SessionSnapshot {
    return this.#run.actor.getSnapshot();
  }

  get errors(): readonly unknown[] {
    return this.#run.errors;
  }

  take(next: Turn): readonly Effect[] {
    if (next.kind === 'wait') return [this.wait(next.part)];
    const event = this.#choose(next.kind, next.pick);
    if (event === undefined) return [this.wait(1)];
    return next.twice ? [this.send(event), this.send(event)] : [this.send(event)];
  }

  send(event: SessionEvent): Effect {
    return this.#note(event, () => {
      this.ledger.hear(event);
      this.#run.actor.send(event);
    });
  }

  /** `part` of the longest deadline of the present state; nothing when it has none. */
  wait(part: number): Effect {
    const { context, _nodes } = this.snapshot;
    const waits = _nodes.flatMap(({ after }) => after.map(({ delay }) => delayMs(String(delay), context)));
    return this.#note(null, () => this.#run.clock.increment(Math.ceil(Math.max(0, ...waits) * part)));
  }

  /**
   * Nothing happens for so long. In small steps, since a simulated clock that jumps starts the next wait only where it
   * lands.
   */
  pass(ms: number): SessionSnapshot {
    for (let passed = 0; passed < ms; passed += 1_000) this.#note(null, () => this.#run.clock.increment(1_000));
    return this.snapshot;
  }

  /** As its runner does: nothing is passed on while a login is being given up. */
  untilHeard(nth = 0): void {
    while (/^(?:disconnected\.logging_out|failed\.refusing)\b/.test(pathOf(this.snapshot)))
      this.take({ kind: 'onward', pick: nth, twice: false });
  }

  stop(): void {
    this.#run.actor.stop();
  }

  #choose(kind: 'onward' | 'apt' | 'any', nth: number): SessionEvent | undefined {
    const possible = this.#possible();
    if (kind === 'any') return at(possible, nth);
    if (kind === 'apt')
      return at(
        possible.filter((event) => this.snapshot.can(event)),
        nth,
      );
    const type = at(
      ONWARD[pathOf(this.snapshot).split('.').at(-1) ?? ''] ??
        (this.snapshot.hasTag('at_rest') ? ['session.start'] : []),
      nth,
    );
    return at(
      possible.filter((event) => event.type === type && !this.#isRefused(event) && this.snapshot.can(event)),
      nth,
    );
  }

  /** Another phone than its own leads nowhere. */
  #isRefused(event: SessionEvent): boolean {
    const { boundTo } = this.snapshot.context;
    return event.type === 'browser.ready' && boundTo !== null && event.account.phoneNumber !== boundTo;
  }

  /**
   * The events that effects, a node and a person could send now. A browser is reported closed only after a command to
   * close it.
   */
  #possible(): readonly SessionEvent[] {
    const { numbers, askedToClose } = this.ledger;
    const closed = askedToClose.map((browser) => ({ type: 'browser.closed', browser }) as const);
    return [
      ...REQUESTS,
      ...newsOf(this.snapshot.context.browser),
      ...numbers.slice(-3).flatMap(newsOf),
      ...newsOf(0),
      ...closed,
    ];
  }

  #note(event: SessionEvent | null, act: () => void): Effect {
    const before = this.snapshot;
    act();
    const { commands, clock } = this.#run;
    const fresh = commands.slice(this.#told);
    this.#told = commands.length;
    for (const command of fresh) this.ledger.obey(command, clock.now());
    return { event, before, after: this.snapshot, commands: fresh.length };
  }
}

function at<T>(list: readonly T[], nth: number): T | undefined {
  return list[nth % Math.max(1, list.length)];
}
