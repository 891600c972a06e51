import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect } from 'vitest';
import type { ProbeResult } from '../../../src/whatsapp/device-calls.ts';
import type { LinkedDevice } from '../../../src/whatsapp/device.ts';
import type { Subject, DriverEnvironment } from './driver-environment.ts';
import { EventLog } from '../device-events.ts';

/** How long a browser may take to die when it is asked to, before it is killed. */
const GRACE_MS = 5_000;

export interface Opened {
  readonly browser: LinkedDevice;
  readonly log: EventLog;
  readonly subject: Subject;
}

/** One test's environment, and what the test has opened in it. Everything is closed and counted when the test ends. */
export class ContractFixture {
  readonly deadlineMs: number;
  readonly #createEnvironment: () => Promise<DriverEnvironment>;
  #environment: DriverEnvironment | null = null;
  #subjects = 0;

  constructor(createEnvironment: () => Promise<DriverEnvironment>, deadlineMs: number) {
    this.#createEnvironment = createEnvironment;
    this.deadlineMs = deadlineMs;
  }

  /** Makes an environment before each test of the surrounding `describe` and removes it afterwards. */
  install(): void {
    beforeEach(async () => {
      this.#subjects = 0;
      this.#environment = await this.#createEnvironment();
    });
    afterEach(async () => {
      await this.environment.driver.shutdown(GRACE_MS);
      const left = await this.environment.liveBrowsers();
      await this.environment.dispose();
      this.#environment = null;
      expect(left, 'browsers left alive').toBe(0);
    });
  }

  get environment(): DriverEnvironment {
    if (this.#environment === null) throw new Error('There is a environment only during a test.');
    return this.#environment;
  }

  subject(): Subject {
    this.#subjects += 1;
    return {
      key: `u1/contract-${this.#subjects}`,
      profileDir: this.environment.profileDir(),
      account: { phoneNumber: `521555000${1_000 + this.#subjects}`, displayName: 'Ana' },
    };
  }

  open(subject: Subject, pairWith: string | null = null): Opened {
    const log = new EventLog(this.deadlineMs);
    const { key, profileDir } = subject;
    const { driver } = this.environment;
    const credentials = driver.credentials(profileDir);
    return { browser: driver.open({ key, credentials, pairWith, onEvent: log.push }), log, subject };
  }

  close({ browser }: Opened): Promise<void> {
    return browser.close(GRACE_MS);
  }

  /** Opens a browser on a fresh profile and scans its first QR: it is ready. */
  async openReady(subject: Subject = this.subject()): Promise<Opened> {
    const opened = this.open(subject);
    const { qr } = await opened.log.next('qr');
    expect(await this.environment.scan(qr.code, subject)).toEqual({ kind: 'linked' });
    await opened.log.next('ready');
    return opened;
  }

  /** A signal for one call: a part of the deadline, so that a call which ignores it is seen to. */
  signal(): AbortSignal {
    return AbortSignal.timeout(Math.min(5_000, this.deadlineMs / 4));
  }

  /** Probes until the finding fits: a page may need a moment to notice what was done to it. */
  async probeUntil({ browser }: Opened, fits: (result: ProbeResult) => boolean): Promise<ProbeResult> {
    const end = Date.now() + this.deadlineMs;
    for (;;) {
      const result = await browser.call('probe', null, this.signal());
      if (fits(result)) return result;
      if (Date.now() > end)
        throw new Error(`No such finding within ${this.deadlineMs} ms. The last: ${JSON.stringify(result)}`);
      await sleep(50);
    }
  }
}
