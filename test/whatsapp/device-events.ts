import type { DeviceEvent } from '../../src/whatsapp/device.ts';

type EventOf<T extends DeviceEvent['type']> = Extract<DeviceEvent, { type: T }>;

interface Waiter {
  readonly settle: () => void;
}

/** The events of one browser, in order. `next` reads on behind the event that the last call returned. */
export class EventLog {
  readonly events: DeviceEvent[] = [];
  readonly #deadlineMs: number;
  readonly #waiters = new Set<Waiter>();
  #read = 0;

  constructor(deadlineMs: number) {
    this.#deadlineMs = deadlineMs;
  }

  get types(): DeviceEvent['type'][] {
    return this.events.map((event) => event.type);
  }

  readonly push = (event: DeviceEvent): void => {
    this.events.push(event);
    for (const waiter of this.#waiters) waiter.settle();
  };

  /** The next event of this type that fits. Rejects at the deadline, and at once when the browser is lost instead. */
  next<T extends DeviceEvent['type']>(type: T, fits: (event: EventOf<T>) => boolean = () => true): Promise<EventOf<T>> {
    const isWanted = (event: DeviceEvent): event is EventOf<T> => event.type === type;
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        while (this.#read < this.events.length) {
          const event = this.events[this.#read];
          this.#read += 1;
          if (event === undefined) continue;
          if (isWanted(event) && fits(event)) {
            end();
            return resolve(event);
          }
          if (event.type === 'lost') {
            end();
            return reject(
              new Error(
                `Lost (${event.cause}: ${event.fault.code} ${event.fault.message}) while waiting for ${type}. Told: ${this.types.join(', ')}`,
              ),
            );
          }
        }
      };
      const waiter: Waiter = { settle };
      const deadline = setTimeout(() => {
        end();
        reject(new Error(`No ${type} within ${this.#deadlineMs} ms. Told: ${this.types.join(', ') || 'nothing'}`));
      }, this.#deadlineMs);
      const end = (): void => {
        clearTimeout(deadline);
        this.#waiters.delete(waiter);
      };
      this.#waiters.add(waiter);
      settle();
    });
  }
}
