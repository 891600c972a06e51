import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { SignJWT } from 'jose';
import { z } from 'zod';

import { setTimeout as sleep } from 'node:timers/promises';

import { LEAN } from '#lean-node';

import { type ChildOptions, startChild } from './child.ts';

export interface ServiceOptions extends Pick<ChildOptions, 'node' | 'runAs'> {
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The built service in a process of its own, and a user's way to it. */
export interface Service {
  readonly pid: number;
  readonly url: string;
  readonly token: string;
  call(
    path: string,
    request?: { readonly method?: string; readonly body?: unknown },
  ): Promise<{ readonly status: number; readonly body: unknown }>;
  /** Asks every `POLL_MS` until the session's state is this one. */
  until(id: string, state: string): Promise<z.infer<typeof sessionSchema>>;
  /** SIGTERM, and all of its tree is gone. */
  stop(): Promise<void>;
}

const MAIN = fileURLToPath(new URL('../dist/src/main.bundled.js', import.meta.url));
const SECRET = randomBytes(32).toString('hex');
const START_DEADLINE_MS = 30_000;
const STATE_DEADLINE_MS = 60_000;
const POLL_MS = 15;

const listening = z.object({ msg: z.literal('listening'), url: z.string() });
const sessionSchema = z.object({
  state: z.string(),
  since: z.coerce.date(),
  qr: z.object({ code: z.string() }).nullable(),
  lastError: z.unknown(),
});

export async function startService({ dataDir, env, ...rest }: ServiceOptions): Promise<Service> {
  const child = await startChild({
    ...rest,
    file: MAIN,
    execArgv: LEAN.args,
    env: {
      ...LEAN.env,
      PATH: process.env['PATH'],
      HOME: dataDir,
      DATA_DIR: dataDir,
      PROFILE_DIR: join(dataDir, 'profiles'),
      PORT: '0',
      LAME_DUCK_MS: '0',
      RATE_LIMIT_PER_MINUTE: '0',
      JWT_SECRET: SECRET,
      LOG_FORMAT: 'json',
      LOG_LEVEL: 'info',
      MAX_SESSIONS_PER_USER: '50',
      NODE_CAPACITY: '50',
      ...env,
    },
  });
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('bench')
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET));
  const url = await child
    .hear((said) => listening.safeParse(said).data?.url ?? null, START_DEADLINE_MS)
    .catch(async (error: unknown) => {
      await child.end();
      throw error;
    });

  const call: Service['call'] = async (path, { method = 'GET', body } = {}) => {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const response = await fetch(url + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
  };
  return {
    pid: child.pid,
    url,
    token,
    call,
    async until(id, state) {
      const end = performance.now() + STATE_DEADLINE_MS;
      for (;;) {
        const { body } = await call(`/api/sessions/${id}`);
        const session = sessionSchema.safeParse(body).data;
        if (session?.state === state) return session;
        if (performance.now() > end)
          throw new Error(`${id} was not ${state} within ${STATE_DEADLINE_MS} ms: ${JSON.stringify(body)}`);
        await sleep(POLL_MS);
      }
    },
    stop: () => child.end(),
  };
}
