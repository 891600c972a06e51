import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { z } from 'zod';

import { startChild } from '../child.ts';
import { freePort } from '../free-port.ts';
import { browserBinary } from '../surroundings.ts';
import type { StartSender } from './sender.ts';

/** A checkout with its packages, beside this project or where the variable says. */
const FOLDER = process.env['BENCH_WWEBJS_API'] ?? fileURLToPath(new URL('../../../wwebjs-api', import.meta.url));
const READY_WITHIN_MS = 60_000;
const KEY = 'bench';

export const hasWwebjsApi = (): boolean => existsSync(join(FOLDER, 'node_modules', 'express'));

const qrAnswer = z.object({ success: z.boolean(), qr: z.string().optional() });
/** Its "success" says that the page is connected; only a client that is ready has the account. */
const infoAnswer = z.object({ success: z.literal(true), sessionInfo: z.object({ wid: z.unknown() }) });
const sendAnswer = z.object({ success: z.literal(true) });

/** wwebjs-api as its README runs it, with its webhooks off and its rate limit out of the way. */
export const startWwebjsApiSender: StartSender = async (web, directory) => {
  const port = await freePort();
  const child = await startChild({
    file: join(FOLDER, 'server.js'),
    cwd: FOLDER,
    env: {
      PATH: process.env['PATH'],
      HOME: directory,
      PORT: String(port),
      SESSIONS_PATH: join(directory, 'sessions'),
      API_KEY: KEY,
      ENABLE_WEBHOOK: 'false',
      LOG_LEVEL: 'error',
      RATE_LIMIT_MAX: '1000000',
      CHROME_BIN: await web.wrapperFor(browserBinary('chromium-headless-shell', 'BENCH_HEADLESS_SHELL')),
    },
  });
  const call = async (path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'x-api-key': KEY, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return answer.json();
  };
  const until = async <T>(path: string, pick: (said: unknown) => T | null): Promise<T> => {
    const end = performance.now() + READY_WITHIN_MS;
    for (;;) {
      const found = pick(await call(path).catch(() => null));
      if (found !== null) return found;
      if (performance.now() > end) throw new Error(`wwebjs-api did not come to ${path}`);
      await sleep(100);
    }
  };
  await until('/ping', (said) => (said === null ? null : true));
  return {
    pid: child.pid,
    async link(id, number) {
      await call(`/session/start/${id}`);
      const code = await until(`/session/qr/${id}`, (said) => qrAnswer.safeParse(said).data?.qr ?? null);
      await web.phone(number, id).scan(code);
      await until(`/client/getClassInfo/${id}`, (said) => (infoAnswer.safeParse(said).success ? true : null));
    },
    text: async (id, chatId, content) => {
      sendAnswer.parse(await call(`/client/sendMessage/${id}`, { chatId, contentType: 'string', content }));
    },
    // Only as base64 in a body of JSON, for which 16 MB are too large.
    file: null,
    end: () => child.end(),
  };
};
