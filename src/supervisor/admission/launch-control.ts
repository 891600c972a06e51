import { createActor, type Actor } from 'xstate';

import { breakerMachine, type BreakerLimits } from '../../../machines/breaker.machine.ts';
import {
  launchOrder,
  supervisorMachine,
  type SupervisorEvent,
  type SupervisorLimits,
} from '../../../machines/supervisor.machine.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Pressure } from '../../domain/node-states.ts';
import { parseSessionKey, type Session } from '../../domain/session.ts';
import type { Pool } from '../../observability/pool.ts';
import type { LaunchOutcome, Telemetry } from '../../observability/telemetry.ts';

/** A session's position among those that wait for a launch, and what holds them all back. */
export type QueuePosition = NonNullable<Session['queue']>;

/** `threshold`, `resetMs`: failed launches in a row that open the breaker, and how long it stays open. */
export type LaunchLimits = SupervisorLimits & Pick<BreakerLimits, 'threshold' | 'resetMs'>;

interface LaunchControlOptions {
  readonly limits: LaunchLimits;
  readonly clock: Clock;
  readonly pool: Pool;
  readonly telemetry: Telemetry;
  readonly onError: (error: unknown) => void;
}

/** Who carries out what is decided. */
export interface LaunchOrders {
  /** Returns `false` when the session does not want to launch any more. */
  grant(key: string): boolean;
  restart(key: string, delayMs: number): void;
  park(key: string): void;
  drainAll(): void;
  /** The position of a session that waits for a launch; sent again whenever it changes, a moment later. */
  showPosition(key: string, position: QueuePosition): void;
}

/**
 * Positions change with each launch: they are sent together, so that a long queue does not cost a write per session and
 * launch.
 */
const POSITIONS_MS = 1_000;

/**
 * Decides who of this node may launch, and when: runs the supervisor machine, with the breaker and the pressure on the
 * machine as its limits.
 */
export class LaunchControl {
  readonly #options: LaunchControlOptions;
  readonly #breaker: Actor<typeof breakerMachine>;
  readonly #supervisor: Actor<typeof supervisorMachine>;
  /** When each launch that is under way began (ms). */
  readonly #launches = new Map<string, number>();
  /** Whose launch failed last, while none has come up since. */
  #failing: string | null = null;
  #width: number;
  #pressure: Pressure = 'normal';
  #sendingPositions: unknown = null;

  /** `restoring` are the sessions to bring back, in the order in which they are to launch. */
  constructor(options: LaunchControlOptions, restoring: readonly string[]) {
    this.#options = options;
    const { limits, clock, pool } = options;
    const { threshold, resetMs, maxConcurrentLaunches } = limits;
    this.#width = maxConcurrentLaunches;
    this.#breaker = createActor(breakerMachine, {
      input: { limits: { threshold, resetMs, maxConcurrentLaunches } },
      clock,
    });
    this.#supervisor = createActor(supervisorMachine, { input: { limits, restoring }, clock });
    this.#breaker.on('launches.limited', ({ atMost }) => {
      this.#width = atMost;
      this.#limit();
    });
    this.#breaker.on('breaker.moved', ({ state }) => pool.trigger.breaker({ state }));
    this.#breaker.subscribe({ error: options.onError });
    this.#supervisor.subscribe({ error: options.onError });
  }

  /** Decides from now on. */
  start(orders: LaunchOrders): void {
    this.#carryOut(orders);
    this.#breaker.start();
    this.#supervisor.start();
  }

  claimed(key: string): void {
    this.#send({ type: 'session.claimed', key });
  }

  released(key: string): void {
    this.settle(key, 'abandoned');
    this.#send({ type: 'session.released', key });
  }

  request(key: string): void {
    this.settle(key, 'abandoned');
    this.#send({ type: 'launch.requested', key, user: parseSessionKey(key).userId });
  }

  withdraw(key: string): void {
    this.#send({ type: 'launch.withdrawn', key });
  }

  /** A launch is over; only the first word about each counts. The breaker hears of it before the slot is free. */
  settle(key: string, outcome: LaunchOutcome): void {
    const began = this.#launches.get(key);
    if (began === undefined) return;
    this.#launches.delete(key);
    this.#options.telemetry.launched(outcome, this.#options.clock.now() - began);
    if (this.#breaker.getSnapshot().status === 'active')
      this.#breaker.send({ type: `launch.${this.#whatItSays(key, outcome)}` });
    this.#send({ type: 'launch.settled', key });
  }

  /**
   * That one session fails again says nothing of the page that it has not said before: alone it holds nobody else back,
   * nor spoils the try for all.
   */
  #whatItSays(key: string, outcome: LaunchOutcome): LaunchOutcome {
    const failedBefore = this.#failing;
    if (outcome !== 'abandoned') this.#failing = outcome === 'failed' ? key : null;
    return outcome === 'failed' && failedBefore === key ? 'abandoned' : outcome;
  }

  /**
   * A session has failed: the verdict is to restart it, or to park it. `outageAfter`: how many restarts it had, where
   * only the network was away.
   */
  judge(key: string, outageAfter?: number): void {
    const outage = outageAfter === undefined ? {} : { outageAfter };
    this.#send({ type: 'session.failed', key, at: this.#options.clock.now(), ...outage });
  }

  /** Under pressure nothing is launched; what runs goes on. */
  setPressure(level: Pressure): void {
    this.#pressure = level;
    this.#options.pool.trigger.pressure({ level });
    this.#limit();
  }

  /** Ends launches for good; resolves when every session is gone, or the time to shut down is up. */
  async drain(): Promise<void> {
    const drained = new Promise<void>((resolve) => {
      this.#supervisor.subscribe({ complete: resolve, error: () => resolve() });
    });
    this.#send({ type: 'node.drain' });
    await drained;
    this.#options.clock.clearTimeout(this.#sendingPositions);
    this.#breaker.stop();
    this.#supervisor.stop();
  }

  #carryOut(orders: LaunchOrders): void {
    const { clock, pool, telemetry } = this.#options;
    this.#supervisor.on('launch.granted', ({ key }) => {
      this.#launches.set(key, clock.now());
      // Not before the session is through with the transition in which it asked.
      queueMicrotask(() => {
        if (!orders.grant(key)) this.settle(key, 'abandoned');
      });
    });
    this.#supervisor.on('session.restart', ({ key, delayMs }) => {
      telemetry.judged('restarted');
      orders.restart(key, delayMs);
    });
    this.#supervisor.on('session.park', ({ key }) => {
      telemetry.judged('parked');
      orders.park(key);
    });
    this.#supervisor.on('sessions.drain', () => orders.drainAll());
    this.#supervisor.subscribe(({ value: state, context: { waiting, launching } }) => {
      pool.trigger.supervisor({ state });
      pool.trigger.launches({ waiting: waiting.length, launching: launching.length });
      if (waiting.length > 0) this.#sendPositionsSoon(orders);
    });
  }

  /** A node that has drained decides nothing any more, though sessions that were given up late still say so. */
  #send(event: SupervisorEvent): void {
    if (this.#supervisor.getSnapshot().status === 'active') this.#supervisor.send(event);
  }

  #limit(): void {
    this.#send({ type: 'launches.limited', atMost: this.#pressure === 'high' ? 0 : this.#width });
  }

  #sendPositionsSoon(orders: LaunchOrders): void {
    this.#sendingPositions ??= this.#options.clock.setTimeout(() => {
      this.#sendingPositions = null;
      const heldBy = this.#width === 0 ? 'breaker' : this.#pressure === 'high' ? 'pressure' : null;
      launchOrder(this.#supervisor.getSnapshot().context).forEach(({ key }, index) =>
        orders.showPosition(key, { position: index + 1, heldBy }),
      );
    }, POSITIONS_MS);
  }
}
