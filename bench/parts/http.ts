import { z } from 'zod';

import { startChild } from '../child.ts';
import { median, type PartResult } from '../report.ts';
import { startService } from '../service.ts';
import { withTempDir } from '../temp-dir.ts';

const LOAD = { connections: 32, warmUpMs: 500, durationMs: 2_500 };
const ROUNDS = 3;
const DEADLINE_MS = 20_000;
const PATH = '/api/sessions/sales/status';

const port = z.object({ port: z.number() });
const load = z.object({ perSecond: z.number() });

/** Answers a second of `GET …/status`, beside a bare Hono route that answers with the same JSON. */
export function http(): Promise<PartResult> {
  return withTempDir(async (dataDir) => {
    const service = await startService({ dataDir, env: { DRIVER: 'simulated' } });
    try {
      await service.call('/api/sessions', { method: 'POST', body: { id: 'sales' } });
      await service.until('sales', 'waiting_qr');
      await service.call('/api/sessions/sales/simulate', {
        method: 'POST',
        body: { event: 'scan', phoneNumber: '5215550001111' },
      });
      await service.until('sales', 'ready');
      const { body } = await service.call(PATH);
      const bare = await startChild({ file: 'bare-hono.mjs', args: [JSON.stringify(body)] });
      try {
        const bareUrl = `http://127.0.0.1:${(await bare.hear((said) => port.safeParse(said).data ?? null, DEADLINE_MS)).port}`;
        return await compare({ url: service.url, token: service.token }, bareUrl);
      } finally {
        await bare.end();
      }
    } finally {
      await service.stop();
    }
  });
}

async function compare(
  service: { readonly url: string; readonly token: string },
  bareUrl: string,
): Promise<PartResult> {
  // Both get the same request, the token included.
  const loaderOf = (url: string) =>
    startChild({
      file: 'http-load.mjs',
      args: [JSON.stringify({ ...LOAD, url: url + PATH, headers: { authorization: `Bearer ${service.token}` } })],
    });
  const loaders = await Promise.all([loaderOf(service.url), loaderOf(bareUrl)]);
  const rates: [number[], number[]] = [[], []];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const side of [0, 1] as const) {
        loaders[side].say('go');
        rates[side].push(
          (await loaders[side].hear((said) => load.safeParse(said).data ?? null, DEADLINE_MS)).perSecond,
        );
      }
    }
  } finally {
    await Promise.all(loaders.map((loader) => loader.end()));
  }
  return {
    part: 'http',
    rows: [
      {
        what: 'GET …/status',
        unit: 'requests/s',
        service: median(rates[0]),
        baseline: median(rates[1]),
        comparedWith: 'bare Hono route',
      },
    ],
    notes: [
      `${LOAD.connections} kept connections, one Node process of load, median of ${ROUNDS} rounds, turn by turn. The service reads Redis for each answer, and knows the token that it has checked within the last minute.`,
    ],
  };
}
