import { openAsBlob } from 'node:fs';

import { z } from 'zod';

import { startService } from '../service.ts';
import { browserBinary } from '../surroundings.ts';
import type { StartSender } from './sender.ts';

const stored = z.object({ id: z.string() });

/** The service, as its users run it, with pacing off. */
export const startServiceSender: StartSender = async (web, directory) => {
  const env = {
    PUPPETEER_EXECUTABLE_PATH: await web.wrapperFor(browserBinary('chromium-headless-shell', 'BENCH_HEADLESS_SHELL')),
    MAX_CONCURRENT_LAUNCHES: '1',
    PRESSURE_CPU: '0',
  };
  const service = await startService({ dataDir: directory, env });
  const post = async (path: string, body: unknown): Promise<void> => {
    const answer = await service.call(path, { method: 'POST', body });
    if (answer.status !== 202)
      throw new Error(`${path} was answered with ${answer.status}: ${JSON.stringify(answer.body)}`);
  };
  return {
    pid: service.pid,
    async link(id, number) {
      await service.call('/api/sessions', { method: 'POST', body: { id } });
      const { qr } = await service.until(id, 'waiting_qr');
      await web.phone(number, id).scan(qr?.code ?? '');
      await service.until(id, 'ready');
      const pacing = { burst: 1_000, perSecond: 1_000, jitter: 0 };
      await service.call(`/api/sessions/${id}/pacing`, { method: 'PUT', body: pacing });
    },
    text: (id, to, text) => post(`/api/sessions/${id}/messages`, { to, text }),
    async file(id, to, path) {
      const answer = await fetch(`${service.url}/api/media`, {
        method: 'POST',
        headers: { authorization: `Bearer ${service.token}`, 'content-type': 'application/pdf' },
        body: await openAsBlob(path),
      });
      const { id: media } = stored.parse(await answer.json());
      await post(`/api/sessions/${id}/messages`, { to, media: { id: media, as: 'document' } });
    },
    end: () => service.stop(),
  };
};
