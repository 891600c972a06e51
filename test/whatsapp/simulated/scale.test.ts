import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DeviceEvent } from '../../../src/whatsapp/device.ts';
import { SimulatedDriver } from '../../../src/whatsapp/simulated/driver.ts';
import type { Clock } from '../../../src/domain/clock.ts';
import { EventLog } from '../device-events.ts';

const SESSIONS = 5_000;

/** The process's clock, and how many of its timers are pending. */
class CountingClock implements Clock {
  readonly pending = new Set<NodeJS.Timeout>();

  now(): number {
    return Date.now();
  }

  setTimeout(callback: () => void, ms: number): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.pending.delete(timer);
      callback();
    }, ms);
    this.pending.add(timer);
    return timer;
  }

  clearTimeout(timer: NodeJS.Timeout): void {
    this.pending.delete(timer);
    clearTimeout(timer);
  }
}

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'simulated-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

it(
  `runs ${SESSIONS} sessions at once, needs no timer for one that is ready, and leaves none`,
  { timeout: 60_000 },
  async () => {
    const clock = new CountingClock();
    const driver = new SimulatedDriver({ clock, launchDelayMs: 1, syncDelayMs: 1 });
    await new Promise<void>((resolve, reject) => {
      let readyCount = 0;
      const onEvent = (key: string) => (event: DeviceEvent) => {
        if (event.type === 'qr') driver.play(key, { event: 'scan', phoneNumber: '5215550001111' });
        if (event.type === 'lost') reject(new Error(event.fault.message));
        if (event.type === 'ready') readyCount += 1;
        if (readyCount === SESSIONS) resolve();
      };
      for (let index = 0; index < SESSIONS; index += 1) {
        const key = `u1/load-${index}`;
        driver.open({
          key,
          credentials: driver.credentials(join(root, String(index))),
          pairWith: null,
          onEvent: onEvent(key),
        });
      }
    });
    expect(driver.liveBrowsers).toBe(SESSIONS);
    expect(clock.pending.size).toBe(0);
    await driver.shutdown(1_000);
    expect(driver.liveBrowsers).toBe(0);
  },
);

it('leaves no timer of a browser that waits for a scan when it is closed', async () => {
  const clock = new CountingClock();
  const driver = new SimulatedDriver({ clock, launchDelayMs: 1 });
  const log = new EventLog(5_000);
  const browser = driver.open({
    key: 'u1/sales',
    credentials: driver.credentials(join(root, 'profile')),
    pairWith: null,
    onEvent: log.push,
  });
  await log.next('qr');
  expect(clock.pending.size).toBe(1);
  await browser.close(1_000);
  expect(clock.pending.size).toBe(0);
});
