import { describe, expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';

import type { Clock } from '../../../src/domain/clock.ts';
import { BrowserRecycler, type Recyclable } from '../../../src/supervisor/fleet/browser-recycler.ts';
import { RecordingTelemetry } from '../recording-telemetry.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** A session whose browser is as the test says. */
class Aging implements Recyclable {
  readonly key: string;
  isReady = true;
  readyAt = 0;
  lastMessageAt = 0;
  bytes: number | null = 0;
  renewals = 0;

  constructor(key: string) {
    this.key = key;
  }

  agingBrowser() {
    const { readyAt, lastMessageAt, bytes } = this;
    return this.isReady ? { readyAt, lastMessageAt, memory: () => Promise.resolve(bytes) } : null;
  }

  renew(): void {
    this.renewals += 1;
    this.isReady = false;
  }

  isRecovering(): boolean {
    return !this.isReady;
  }
}

function setUp(
  sessions: readonly Aging[],
  { afterMs = 0, memoryBytes = 0 }: { afterMs?: number; memoryBytes?: number },
) {
  const time = new SimulatedClock();
  const clock: Clock = {
    now: () => time.now(),
    setTimeout: (callback, ms) => time.setTimeout(callback, ms),
    // Only what `setTimeout` above has returned comes back here.
    clearTimeout: (timer) => time.clearTimeout(timer as number),
  };
  const telemetry = new RecordingTelemetry();
  const errors: unknown[] = [];
  const renewal = new BrowserRecycler({
    clock,
    telemetry,
    afterMs,
    memoryBytes,
    sessions: () => sessions,
    onError: (error) => errors.push(error),
  });
  /** Lets time pass, a look at a time. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += MINUTE) {
      time.increment(MINUTE);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { renewal, telemetry, errors, pass };
}

describe('the renewal of browsers', () => {
  it('renews one that has grown old', async () => {
    const sales = new Aging('sales');
    const { pass, telemetry, renewal } = setUp([sales], { afterMs: HOUR });
    await pass(HOUR - MINUTE);
    expect(sales.renewals).toBe(0);
    await pass(MINUTE);
    expect(sales.renewals).toBe(1);
    expect(telemetry.lines).toEqual(['renewed age']);
    await renewal.stop();
  });

  it('renews one that has grown fat', async () => {
    const sales = new Aging('sales');
    const { pass, telemetry, renewal } = setUp([sales], { memoryBytes: 1_000 });
    sales.bytes = 999;
    await pass(2 * HOUR);
    expect(sales.renewals).toBe(0);
    sales.bytes = 1_000;
    await pass(MINUTE);
    expect(telemetry.lines).toEqual(['renewed memory']);
    await renewal.stop();
  });

  it('leaves one alone that is fat again within the hour', async () => {
    const sales = new Aging('sales');
    sales.bytes = 1_000;
    const { pass, renewal } = setUp([sales], { memoryBytes: 1_000 });
    await pass(HOUR - MINUTE);
    expect(sales.renewals).toBe(0);
    await pass(MINUTE);
    expect(sales.renewals).toBe(1);
    await renewal.stop();
  });

  it('leaves one alone whose memory cannot be told', async () => {
    const sales = new Aging('sales');
    sales.bytes = null;
    const { pass, renewal } = setUp([sales], { memoryBytes: 1 });
    await pass(2 * HOUR);
    expect(sales.renewals).toBe(0);
    await renewal.stop();
  });

  it('renews one at a time: the next when the last is ready again', async () => {
    const sessions = ['a', 'b', 'c'].map((key) => new Aging(key));
    const { pass, renewal } = setUp(sessions, { afterMs: HOUR });
    await pass(2 * HOUR);
    expect(sessions.map(({ renewals }) => renewals)).toEqual([1, 0, 0]);
    for (const session of sessions.slice(0, 1)) Object.assign(session, { isReady: true, readyAt: 2 * HOUR });
    await pass(10 * MINUTE);
    expect(sessions.map(({ renewals }) => renewals)).toEqual([1, 1, 0]);
    await renewal.stop();
  });

  it('waits until messages no longer go through it, but not for ever', async () => {
    const busy = new Aging('busy');
    const { pass, renewal } = setUp([busy], { afterMs: HOUR });
    busy.lastMessageAt = 10 * HOUR;
    await pass(2 * HOUR - MINUTE);
    expect(busy.renewals).toBe(0);
    await pass(MINUTE);
    expect(busy.renewals).toBe(1);
    await renewal.stop();
  });

  it('does nothing when both limits are off, and nothing more once it is stopped', async () => {
    const [off, stopped] = [new Aging('off'), new Aging('stopped')];
    await setUp([off], {}).pass(100 * HOUR);
    const { pass, renewal } = setUp([stopped], { afterMs: HOUR });
    await renewal.stop();
    await pass(2 * HOUR);
    expect([off.renewals, stopped.renewals]).toEqual([0, 0]);
  });
});
