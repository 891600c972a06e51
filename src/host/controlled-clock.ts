import { AsyncResource } from 'node:async_hooks';

import { systemClock, type Clock } from '../domain/clock.ts';
import { clockOrderSchema, type ClockAnswer } from '../domain/clock-orders.ts';

class Timer {
  readonly dueAt: number;
  readonly callback: () => void;
  /** The base clock's timer behind it. */
  behind: unknown;

  constructor(dueAt: number, callback: () => void) {
    this.dueAt = dueAt;
    this.callback = callback;
  }
}

/**
 * The system's time, which can be turned forward: for tests, which have no time to wait. It goes on by itself, so what
 * takes milliseconds need not be turned; and never back.
 */
export class ControlledClock implements Clock {
  readonly #base: Clock;
  readonly #timers = new Set<Timer>();
  #aheadMs: number;
  /** The time at which it stands while it is turned; `null` while it goes. */
  #standsAt: number | null = null;
  #turning: Promise<unknown> = Promise.resolve();

  /** @param aheadMs of the base clock, from the beginning */
  constructor(aheadMs = 0, base: Clock = systemClock) {
    this.#aheadMs = aheadMs;
    this.#base = base;
  }

  /** How far it is ahead of the base clock (ms). */
  get aheadMs(): number {
    return this.#aheadMs;
  }

  now(): number {
    return this.#standsAt ?? this.#base.now() + this.#aheadMs;
  }

  setTimeout(callback: () => void, ms: number): unknown {
    // As in Node, nothing is due at once: what goes on without end would hold up the turning.
    const timer = new Timer(this.now() + Math.max(1, ms), AsyncResource.bind(callback));
    this.#timers.add(timer);
    this.#arm(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    if (!(timer instanceof Timer)) return;
    this.#timers.delete(timer);
    this.#base.clearTimeout(timer.behind);
  }

  /**
   * Turns the clock forward, from timer to timer. Each timer fires at its own time, after the promises of the timers
   * before it have settled, but for those that wait for I/O. A timer that is set on the way counts from that time, to the
   * millisecond. Resolves once all due timers have fired. Concurrent calls run one after the other.
   */
  advance(ms: number): Promise<void> {
    const turned = this.#turning.then(() => this.#turn(ms));
    this.#turning = turned;
    return turned;
  }

  async #turn(ms: number): Promise<void> {
    const start = this.now();
    const target = start + ms;
    this.#standsAt = start;
    for (let next = this.#dueBy(target); next !== undefined; next = this.#dueBy(target)) {
      this.#standsAt = Math.max(this.#standsAt, next.dueAt);
      await this.#begin(next);
    }
    this.#aheadMs = target - this.#base.now();
    this.#standsAt = null;
    for (const timer of this.#timers) this.#arm(timer);
  }

  #dueBy(time: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers)
      if (timer.dueAt <= time && (first === undefined || timer.dueAt < first.dueAt)) first = timer;
    return first;
  }

  #arm(timer: Timer): void {
    this.#base.clearTimeout(timer.behind);
    // While it stands, what comes next is decided by the turn, which arms again what it leaves.
    const fire = () => this.#standsAt === null && this.#fire(timer);
    timer.behind = this.#base.setTimeout(fire, Math.max(0, timer.dueAt - this.now()));
  }

  /** In a turn of its own, so that what it throws goes where an error in a timer goes. */
  #begin(timer: Timer): Promise<void> {
    this.#base.clearTimeout(timer.behind);
    return new Promise((resolve) => {
      this.#base.setTimeout(() => {
        resolve();
        this.#fire(timer);
      }, 0);
    });
  }

  /** Unless it was cleared in the meantime. */
  #fire(timer: Timer): void {
    if (this.#timers.delete(timer)) timer.callback();
  }
}

/** Lets the parent process, and no other, turn this process's clock. */
export function obeyStarter(clock: ControlledClock, host: NodeJS.Process): void {
  host.on('message', (message) => {
    const { data: order } = clockOrderSchema.safeParse(message);
    if (order === undefined) return;
    void clock.advance(order.ms).then(() => {
      const answer: ClockAnswer = { clock: 'advanced', order: order.order, aheadMs: clock.aheadMs };
      // A starter that has gone needs no answer.
      host.send?.(answer, undefined, undefined, () => undefined);
    });
  });
}
