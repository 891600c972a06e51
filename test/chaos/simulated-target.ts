import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import type { SimulatedEvent } from '../../src/domain/simulation.ts';
import { type FaultCase, Target } from './target.ts';

const BACK: readonly (readonly string[])[] = [['reconnecting', 'ready.online']];
const FLAP_MS = 1_000;

const FAULTS = [
  { name: 'page_crash', ways: BACK },
  { name: 'browser_crash', ways: BACK },
  { name: 'hang', ways: BACK },
  { name: 'network_flap', ways: [['ready.unstable', 'ready.online'], ...BACK] },
  // The first one is taken over; the next within five minutes is left to a person.
  { name: 'conflict', ways: [...BACK, ['failed.parked']] },
  { name: 'launch_failures', ways: BACK },
  { name: 'logout', ways: [['disconnected.logged_out']] },
  { name: 'crash_twice', ways: BACK },
  { name: 'stop', ways: [['disconnected.stopped']] },
  // The stop may not even have begun: only the end is known.
  { name: 'stop_and_start', ways: [] },
  { name: 'restart', ways: [['disconnected', 'ready.online']] },
  { name: 'reconnect', ways: BACK },
  { name: 'message', ways: [] },
] as const satisfies readonly FaultCase[];

type FaultName = (typeof FAULTS)[number]['name'];
export const SIMULATED_FAULTS: readonly FaultCase[] = FAULTS;

/** A session of the simulated driver. */
export class SimulatedTarget extends Target {
  async inject(fault: FaultName, signal: AbortSignal): Promise<void> {
    switch (fault) {
      case 'network_flap':
        await this.#play({ event: 'network_down' });
        await delay(FLAP_MS);
        return this.#play({ event: 'network_up' });
      case 'launch_failures':
        await this.#play({ event: 'launch_failures', count: 2 });
        return this.#play({ event: 'page_crash' });
      case 'crash_twice':
        await this.#play({ event: 'page_crash' });
        return this.#play({ event: 'browser_crash' });
      case 'stop_and_start':
        await this.insist('stop');
        return this.insistOnRunning();
      case 'message': {
        const text = `${this.key} ${randomUUID()}`;
        await this.#play({ event: 'message', from: '5215550002222', text });
        return void (await this.chaos.watcher.hears(text, signal));
      }
      case 'stop':
      case 'restart':
      case 'reconnect':
        return this.insist(fault);
      default:
        return this.#play({ event: fault });
    }
  }

  async clearObstacles(): Promise<void> {
    for (const event of [{ event: 'network_up' }, { event: 'launch_failures', count: 0 }] as const)
      await this.#play(event).catch(() => undefined);
  }

  async scan(): Promise<void> {
    await this.#play({ event: 'scan', phoneNumber: '5215550001111', displayName: 'Ana' });
  }

  async #play(event: SimulatedEvent): Promise<void> {
    const status = await (await this.client()).simulate(this.id, event);
    if (status >= 300) throw new Error(`${event.event} was answered with ${status}`);
  }
}
