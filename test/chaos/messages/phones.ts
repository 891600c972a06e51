import { ensureError } from '../../../src/domain/errors.ts';
import type { LinkedDevice } from '../../../src/whatsapp/device.ts';
import { SimulatedDriver } from '../../../src/whatsapp/simulated/driver.ts';
import type { NodeSays, TestSays } from './phone-line.ts';
import type { Strikes } from './strikes.ts';

/** The browsers and phones of all nodes. They live here, whatever becomes of the nodes. */
export class Phones {
  readonly driver = new SimulatedDriver({ launchDelayMs: 5, syncDelayMs: 5 });
  readonly #strikes: Strikes;

  constructor(strikes: Strikes) {
    this.#strikes = strikes;
  }

  /** A line to one node; `end` closes its browsers, as those of a process that is gone. */
  line(say: (said: TestSays) => void): { hear(said: NodeSays): void; end(): Promise<void> } {
    const devices = new Map<number, LinkedDevice>();
    const calls = new Map<number, AbortController>();
    const answer = (call: number, work: Promise<unknown>): void => {
      work
        .then(
          (result) => say({ kind: 'answer', call, result }),
          (error: unknown) => say({ kind: 'failed', call, why: ensureError(error).message }),
        )
        .finally(() => calls.delete(call));
    };
    return {
      hear: (said) => {
        switch (said.kind) {
          case 'listening':
            return;
          case 'open': {
            const { device, key, directory, pairWith } = said;
            const credentials = this.driver.credentials(directory);
            const onEvent = (event: Extract<TestSays, { kind: 'event' }>['event']): void =>
              say({ kind: 'event', device, event });
            devices.set(device, this.driver.open({ key, credentials, pairWith, onEvent }));
            return;
          }
          case 'call': {
            const { device, call, name, request } = said;
            const stop = new AbortController();
            calls.set(call, stop);
            const at = devices.get(device);
            if (at === undefined) return say({ kind: 'failed', call, why: 'there is no such browser' });
            return answer(
              call,
              this.#strikes.around(name, () => at.call(name, request, stop.signal)),
            );
          }
          case 'drop':
            return calls.get(said.call)?.abort();
          case 'close': {
            const { device, call, graceMs } = said;
            return answer(call, devices.get(device)?.close(graceMs) ?? Promise.resolve());
          }
        }
      },
      end: async () => {
        for (const stop of calls.values()) stop.abort();
        await Promise.all([...devices.values()].map((device) => device.close(0)));
      },
    };
  }
}
