import { setTimeout as delay } from 'node:timers/promises';

import type { Client } from '../../service/client.ts';
import { DEADLINE_MS } from '../chaos-fixture.ts';
import type { Sides } from './traffic.ts';

/** Asks about a session until it is answered by a process that reaches its store, as {@link Sides} has it. */
export async function insist(
  find: () => Client,
  session: string,
  [method, path, json, headers = {}]: Parameters<Sides['insist']>,
): Promise<Response> {
  const deadline = AbortSignal.timeout(2 * DEADLINE_MS);
  let last = '';
  while (!deadline.aborted) {
    try {
      const answer = await find().call(method, `/api/sessions/${session}${path}`, json, headers);
      if (answer.status < 500) return answer;
      last = `${answer.status} ${await answer.text()}`;
    } catch (error) {
      last = String(error);
    }
    await delay(50);
  }
  throw new Error(`${method} ${path}: ${last}`);
}
