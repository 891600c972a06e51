import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect } from 'vitest';
import type { ProbeResult } from '../../../src/whatsapp/device-calls.ts';
import type { LinkedDevice } from '../../../src/whatsapp/device.ts';
import type { Subject, World } from './driver-subject.ts';
import { EventLog } from '../device-events.ts';

/** How long a browser may take to die when it is asked to, before it is killed. */
const GRACE_MS = 5_000;

export interface Opened {
  readonly browser: LinkedDevice;
  readonly log: EventLog;
  readonly subject: Subject;
}

/** One test's world, and what the test has opened in it. Everything is closed and counted when the test ends. */
export class Stage {
  readonly deadlineMs: number;
  readonly #createWorld: () => Promise<World>;
  #world: World | null = null;
  #subjects = 0;

  constructor(createWorld: () => Promise<World>, deadlineMs: number) {
    this.#createWorld = createWorld;
    this.deadlineMs = deadlineMs;
  }

  /** Sets the stage before each test of the surrounding `describe` and clears it afterwards. */
  install(): void {
    beforeEach(async () => {
      this.#subjects = 0;
      this.#world = await this.#createWorld();
    });
    afterEach(async () => {
      await this.world.driver.shutdown(GRACE_MS);
      const left = await this.world.liveBrowsers();
      await this.world.dispose();
      this.#world = null;
      expect(left, 'browsers left alive').toBe(0);
    });
  }

  get world(): World {
    if (this.#world === null) throw new Error('There is a world only during a test.');
    return this.#world;
  }

  subject(): Subject {
    this.#subjects += 1;
    return {
      key: `u1/contract-${this.#subjects}`,
      profileDir: this.world.profileDir(),
      account: { phoneNumber: `521555000${1_000 + this.#subjects}`, displayName: 'Ana' },
    };
  }

  open(subject: Subject, pairWith: string | null = null): Opened {
    const log = new EventLog(this.deadlineMs);
    const { key, profileDir } = subject;
    return { browser: this.world.driver.open({ key, profileDir, pairWith, onEvent: log.push }), log, subject };
  }

  close({ browser }: Opened): Promise<void> {
    return browser.close(GRACE_MS);
  }

  /** Opens a browser on a fresh profile and scans its first QR: it is ready. */
  async openReady(subject: Subject = this.subject()): Promise<Opened> {
    const opened = this.open(subject);
    const { qr } = await opened.log.next('qr');
    expect(await this.world.scan(qr.code, subject)).toEqual({ kind: 'linked' });
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
