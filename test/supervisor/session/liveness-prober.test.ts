import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { expect, it, onTestFinished } from 'vitest';

import type { Clock } from '../../../src/domain/clock.ts';
import { collectGarbage } from '../../../src/host/heap.ts';
import { LivenessProber } from '../../../src/supervisor/session/liveness-prober.ts';
import type { ProbeResult } from '../../../src/whatsapp/device-calls.ts';

/** After so many, V8 has compiled the question for speed and holds no value longer than it needs it. */
const ANSWERED = 10_000;
const MISSED: ProbeResult = { kind: 'missed', cause: 'page_unresponsive', detail: 'no answer' };
const hasty: Clock = { now: Date.now, setTimeout: (callback) => setImmediate(callback), clearTimeout: () => undefined };

it(
  'misses a page that answers no more after thousands of answers, although garbage is collected while it waits',
  { timeout: 120_000 },
  async () => {
    let asked = 0;
    const missed = new Promise<number>((resolve) => {
      const prober = new LivenessProber({
        clock: hasty,
        intervalMs: 200,
        probe: async (signal) => {
          asked += 1;
          if (asked <= ANSWERED) return { kind: 'alive' };
          void sleep(1).then(collectGarbage);
          await once(signal, 'abort');
          return MISSED;
        },
        onResult: ({ kind }) => {
          if (kind === 'alive') return;
          prober.stop();
          resolve(asked);
        },
      });
      onTestFinished(() => prober.stop());
    });
    expect(await missed).toBe(ANSWERED + 1);
  },
);
