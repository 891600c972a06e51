import type { Credentials } from '../../src/domain/credentials.ts';
import { SimulatedDriver } from '../../src/whatsapp/simulated/driver.ts';
import type { DeviceEvent, LinkedDevice, OpenOptions } from '../../src/whatsapp/device.ts';
import { Gates, type Gate } from './gates.ts';

/** The gate that a report of a device passes first. */
const GATE_OF: Readonly<Partial<Record<DeviceEvent['type'], Gate>>> = {
  qr: 'first sign',
  pairing_code: 'first sign',
  authenticated: 'first sign',
  ready: 'ready',
};

/** A simulated driver that remembers what was opened, in order, and how many were coming up at once at most. */
export class RecordingDriver extends SimulatedDriver {
  /** Keys in the order of their launches. */
  readonly opened: string[] = [];
  /** What each of them goes through. */
  readonly routes: (OpenOptions['proxy'] | null)[] = [];
  mostLaunching = 0;
  mostAlive = 0;
  /** The next launches that throw instead of opening a browser. */
  throwing = 0;
  /** Called when a browser has been opened. */
  onOpened: () => void = () => undefined;
  /** Where a test holds the devices of a session. */
  readonly gates = new Gates();
  /** Why nobody can say that the files are all that carries the credentials. */
  unproven: string | null = null;
  readonly #keys = new Map<string, string>();
  readonly #launching = new Set<OpenOptions>();
  readonly #tellers = new Map<string, OpenOptions['onEvent']>();

  /** Has the newest browser of a session report something of the test's own making. */
  tell(key: string, event: DeviceEvent): void {
    this.#tellers.get(key)?.(event);
  }

  override open(options: OpenOptions): LinkedDevice {
    if (this.throwing > 0) {
      this.throwing -= 1;
      throw new Error('This launch throws.');
    }
    this.opened.push(options.key);
    this.routes.push(options.proxy ?? null);
    this.#tellers.set(options.key, options.onEvent);
    this.#launching.add(options);
    this.mostLaunching = Math.max(this.mostLaunching, this.#launching.size);
    this.#keys.set(options.credentials.directory, options.key);
    let isClosed = false;
    const tell = (event: DeviceEvent) => {
      const gate = GATE_OF[event.type];
      if (gate !== undefined && this.gates.isShut(options.key, gate))
        void this.gates.passed(options.key, gate).then(() => tell(event));
      else if (!isClosed) options.onEvent(event);
    };
    const browser = super.open({
      ...options,
      onEvent: (event) => {
        if (event.type !== 'started') this.#launching.delete(options);
        tell(event);
      },
    });
    this.mostAlive = Math.max(this.mostAlive, this.liveBrowsers);
    this.onOpened();
    return {
      call: async (name, request, signal) => {
        if (name === 'unlink') await this.gates.passed(options.key, 'unlink');
        return browser.call(name, request, signal);
      },
      close: async (graceMs) => {
        isClosed = true;
        await this.gates.passed(options.key, 'close');
        await browser.close(graceMs);
        this.#launching.delete(options);
      },
    };
  }

  override shutdown(graceMs: number): Promise<void> {
    this.gates.openAll();
    return super.shutdown(graceMs);
  }

  override credentials(directory: string): Credentials {
    const credentials = super.credentials(directory);
    return {
      ...credentials,
      unproven: async () => this.unproven,
      erase: async () => {
        await this.gates.passed(this.#keys.get(directory) ?? '', 'erase');
        await credentials.erase();
      },
    };
  }
}
