import type { Credentials } from '../../../src/domain/credentials.ts';
import { DRIVER_TRAITS } from '../../../src/domain/driver-traits.ts';
import { ProfileInUseError } from '../../../src/whatsapp/device-errors.ts';
import type { CallName, DeviceCalls } from '../../../src/whatsapp/device-calls.ts';
import type { DeviceEvent, LinkedDevice, OpenOptions, WhatsAppDriver } from '../../../src/whatsapp/device.ts';
import { simulatedCredentials } from '../../../src/whatsapp/simulated/credentials.ts';
import type { NodeSays, TestSays } from './phone-line.ts';

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A driver whose browsers and phones live in another process: there they outlive this one, as WhatsApp's do. */
export class PhoneDriver implements WhatsAppDriver {
  readonly traits = DRIVER_TRAITS.simulated;
  readonly #say: (said: NodeSays) => void;
  readonly #listeners = new Map<number, (event: DeviceEvent) => void>();
  readonly #waiting = new Map<number, Waiting>();
  readonly #inUse = new Set<string>();
  #numbers = 0;

  constructor(say: (said: NodeSays) => void) {
    this.#say = say;
  }

  hear(said: TestSays): void {
    switch (said.kind) {
      case 'event':
        return this.#listeners.get(said.device)?.(said.event);
      case 'answer':
        return this.#settle(said.call)?.resolve(said.result);
      case 'failed':
        return this.#settle(said.call)?.reject(new Error(said.why));
    }
  }

  open({ key, credentials: { directory }, pairWith, onEvent }: OpenOptions): LinkedDevice {
    const device = (this.#numbers += 1);
    this.#listeners.set(device, onEvent);
    this.#inUse.add(directory);
    this.#say({ kind: 'open', device, key, directory, pairWith });
    let closing: Promise<void> | null = null;
    const close = async (graceMs: number): Promise<void> => {
      await this.#ask((call) => ({ kind: 'close', device, call, graceMs }));
      this.#listeners.delete(device);
      this.#inUse.delete(directory);
    };
    return {
      call: async <Name extends CallName>(
        name: Name,
        request: DeviceCalls[Name]['request'],
        signal: AbortSignal,
      ): Promise<DeviceCalls[Name]['result']> =>
        // By its name: the other end is the simulated driver, with the same types.
        (await this.#ask(
          (call) => ({ kind: 'call', device, call, name, request }),
          signal,
        )) as DeviceCalls[Name]['result'],
      close: (graceMs) => (closing ??= close(graceMs)),
    };
  }

  credentials(directory: string): Credentials {
    return simulatedCredentials(directory, () => {
      if (this.#inUse.has(directory)) throw new ProfileInUseError();
    });
  }

  async shutdown(): Promise<void> {
    // The supervisor has closed each device; the test ends those of a node that died.
  }

  #ask(say: (call: number) => NodeSays, signal?: AbortSignal): Promise<unknown> {
    const call = (this.#numbers += 1);
    return new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(call, { resolve, reject });
      signal?.addEventListener('abort', () => this.#say({ kind: 'drop', call }), { once: true });
      this.#say(say(call));
    });
  }

  #settle(call: number): Waiting | undefined {
    const waiting = this.#waiting.get(call);
    this.#waiting.delete(call);
    return waiting;
  }
}
