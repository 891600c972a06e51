import type { Redis } from 'ioredis';

import type { WebhookFigures } from '../domain/webhook.ts';
import { reachStore } from '../store/connection.ts';
import type { Keyspace } from '../store/keys.ts';
import { readEndpoint } from './stored-endpoint.ts';
import { stateOf } from './webhook-view.ts';
import { measureLag } from './scripts/measure-lag.ts';

/** Throws `StoreUnavailableError`. @param now milliseconds since 1970 */
export async function readFigures(redis: Redis, keys: Keyspace, now: number): Promise<WebhookFigures> {
  const ids = await reachStore(() => redis.smembers(keys.webhookIds));
  const each = await reachStore(() =>
    Promise.all(
      ids.map(async (id) => ({
        endpoint: readEndpoint(id, await redis.hgetall(keys.webhook(id))),
        dead: await redis.xlen(keys.webhookDead(id)),
        waiting: await redis.scard(keys.webhookWaiting(id)),
      })),
    ),
  );
  const endpoints = { active: 0, failing: 0, open: 0, disabled: 0 };
  for (const { endpoint } of each) if (endpoint !== null) endpoints[stateOf(endpoint)] += 1;
  const [behind, retrying, oldest] = await reachStore(() =>
    Promise.all([
      redis.scard(keys.webhookBehind),
      redis.zcard(keys.webhookDue),
      measureLag.run(redis, { heads: keys.webhookHeads, behind: keys.webhookBehind }, { prefix: `${keys.prefix}:` }),
    ]),
  );
  return {
    endpoints,
    lanes: { behind, retrying, waiting: each.reduce((sum, { waiting }) => sum + waiting, 0) },
    deadLetters: each.reduce((sum, { dead }) => sum + dead, 0),
    lagMs: oldest === '' ? 0 : Math.max(0, now - Number(oldest)),
  };
}
