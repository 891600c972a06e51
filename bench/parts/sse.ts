import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import { startChild } from '../child.ts';
import { type PartResult, quantile } from '../report.ts';
import { type Service, startService } from '../service.ts';
import { withTempDir } from '../temp-dir.ts';

const MANY = 1_000;
const ROUNDS = 3;
/** Crashes of the page and the way back to ready, several transitions each. */
const TURNS = 6;
/** Before each crash, so that nothing of the one before is on its way. */
const PAUSE_MS = 200;
const DEADLINE_MS = 30_000;
const SIMULATE = '/api/sessions/sales/simulate';

/** In ms, a value for each frame of each listener. */
interface Latencies {
  readonly alone: number[];
  readonly burst: number[];
}

const opened = z.object({ opened: z.number() });
const told = z.object({ rev: z.number(), state: z.string(), latencies: z.array(z.number()) });

/** From a transition (`updatedAt`) to the frame in a client's hand, with one listener and with a thousand. */
export function sse(): Promise<PartResult> {
  return withTempDir(async (dataDir) => {
    const env = {
      DRIVER: 'simulated',
      RECONNECT_BASE_MS: '400',
      RECONNECT_MAX_MS: '400',
      RECONNECT_MAX_ATTEMPTS: '1000',
    };
    const service = await startService({ dataDir, env });
    try {
      await service.call('/api/sessions', { method: 'POST', body: { id: 'sales' } });
      await service.until('sales', 'waiting_qr');
      await service.call(SIMULATE, { method: 'POST', body: { event: 'scan', phoneNumber: '5215550001111' } });
      await service.until('sales', 'ready');
      const one: Latencies[] = [];
      const many: Latencies[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        one.push(await latencies(service, 1));
        many.push(await latencies(service, MANY));
      }
      const row = (what: string, kind: keyof Latencies, share: number) => ({
        what: `${what}, ${MANY} listeners, p${share * 100}`,
        unit: 'ms',
        comparedWith: '1 listener',
        service: quantile(
          many.flatMap((round) => round[kind]),
          share,
        ),
        baseline: quantile(
          one.flatMap((round) => round[kind]),
          share,
        ),
      });
      const [alone, burst] = ['a transition by itself', 'a burst of transitions'];
      return {
        part: 'sse',
        rows: [
          row(alone, 'alone', 0.5),
          row(alone, 'alone', 0.99),
          row(burst, 'burst', 0.5),
          row(burst, 'burst', 0.99),
        ],
        notes: [
          `From \`updatedAt\` (whole ms, so 0.5 ms too long on average) to the frame in the client's hand; ${ROUNDS} rounds, turn by turn. All listeners are one Node process, whose own time counts, on the service's cores.`,
          `A page crashes ${ROUNDS * TURNS} times for each count of listeners: the first transition comes by itself, the others in a burst about 50 ms apart.`,
        ],
      };
    } finally {
      await service.stop();
    }
  });
}

async function latencies(service: Service, listeners: number): Promise<Latencies> {
  const args = [
    JSON.stringify({
      url: `${service.url}/api/sessions/sales/events`,
      headers: { authorization: `Bearer ${service.token}` },
      listeners,
    }),
  ];
  const child = await startChild({ file: 'sse-listeners.mjs', args });
  const hear = () => child.hear((said) => told.safeParse(said).data ?? null, DEADLINE_MS);
  const heard: Latencies = { alone: [], burst: [] };
  try {
    await child.hear((said) => opened.safeParse(said).data ?? null, DEADLINE_MS);
    for (let turn = 0; turn < TURNS; turn += 1) {
      await sleep(PAUSE_MS);
      await crashPage(service);
      let report = await hear();
      heard.alone.push(...report.latencies);
      while (report.state !== 'ready') {
        report = await hear();
        heard.burst.push(...report.latencies);
      }
    }
  } finally {
    await child.end();
  }
  return heard;
}

async function crashPage(service: Service): Promise<void> {
  const { status } = await service.call(SIMULATE, { method: 'POST', body: { event: 'page_crash' } });
  if (status !== 202) throw new Error(`The crash was answered with ${status}.`);
}
