import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { SimulatedClock } from 'xstate';
import type { LinkedDevice } from '../../../src/whatsapp/device.ts';
import { SimulatedDriver } from '../../../src/whatsapp/simulated/driver.ts';
import type { PlayedEvent, PlayResult } from '../../../src/whatsapp/simulated/driver.ts';
import { EventLog } from '../device-events.ts';

export const LAUNCH_MS = 50;
export const SYNC_MS = 70;
export const QR_MS = 20_000;
export const CODE_MS = 180_000;
export const KEY = 'u1/sales';
export const ANA = { phoneNumber: '5215550001111', displayName: 'Ana' };
export const SCAN: PlayedEvent = { event: 'scan', ...ANA };

interface Opened {
  readonly browser: LinkedDevice;
  readonly log: EventLog;
}

/** A simulated driver whose time stands still unless a test moves it, and one session on it. */
export class SimulatedFixture {
  clock = new SimulatedClock();
  driver = this.#createDriver();
  profileDir = '';
  #root = '';
  #profiles = 0;

  /** Makes a driver and a profile directory before each test of the file and removes them afterwards. */
  install(): void {
    beforeEach(async () => {
      this.#root = await mkdtemp(join(tmpdir(), 'simulated-'));
      this.profileDir = this.freshProfileDir();
      this.clock = new SimulatedClock();
      this.driver = this.#createDriver();
    });
    afterEach(async () => {
      await this.driver.shutdown(1_000);
      await rm(this.#root, { recursive: true, force: true });
    });
  }

  freshProfileDir(): string {
    this.#profiles += 1;
    return join(this.#root, `profile-${this.#profiles}`);
  }

  /** As a new process would: nothing is left but what lies on disk. */
  restartDriver(): void {
    this.driver = this.#createDriver();
  }

  play(event: PlayedEvent): PlayResult {
    return this.driver.play(KEY, event);
  }

  open(pairWith: string | null = null): Opened {
    const log = new EventLog(5_000);
    const credentials = this.driver.credentials(this.profileDir);
    return { browser: this.driver.open({ key: KEY, credentials, pairWith, onEvent: log.push }), log };
  }

  /** Opens a browser and lets its launch delay pass. */
  async launch(pairWith: string | null = null): Promise<Opened> {
    const opened = this.open(pairWith);
    await opened.log.next('started');
    this.clock.increment(LAUNCH_MS);
    return opened;
  }

  async launchReady(): Promise<Opened> {
    const opened = await this.launch();
    expect(this.play(SCAN)).toEqual({ kind: 'played' });
    await opened.log.next('authenticated');
    this.clock.increment(SYNC_MS);
    await opened.log.next('ready');
    return opened;
  }

  #createDriver(): SimulatedDriver {
    const { clock } = this;
    return new SimulatedDriver({
      clock,
      launchDelayMs: LAUNCH_MS,
      syncDelayMs: SYNC_MS,
      qrLifetimeMs: QR_MS,
      pairingCodeLifetimeMs: CODE_MS,
    });
  }
}
