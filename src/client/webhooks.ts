import type { Call, Requester } from './requester.ts';
import type { Page } from './session-types.ts';
import type { Webhook, Webhooks, WebhookTest, WebhookWithSecret, DeadLetter, Delivery } from './webhook-types.ts';

/** @param prefix of the caller's own, or of a user whom an admin names */
export function webhooksWithin(prefix: string, requester: Requester): Webhooks {
  const at = (id: string, rest = ''): string => `${prefix}/webhooks/${encodeURIComponent(id)}${rest}`;
  // The service's answers are taken at their word.
  const ask = async <Answer>(path: string, call?: Call): Promise<Answer> =>
    (await requester.send(path, call)).json() as Promise<Answer>;
  return {
    create: (json, { signal } = {}) => ask<WebhookWithSecret>(`${prefix}/webhooks`, { method: 'POST', json, signal }),
    list: async ({ signal } = {}) => (await ask<{ items: Webhook[] }>(`${prefix}/webhooks`, { signal })).items,
    get: (id, { signal } = {}) => ask<Webhook>(at(id), { signal }),
    update: (id, json, { signal } = {}) => ask<Webhook>(at(id), { method: 'PATCH', json, signal }),
    remove: async (id, { signal } = {}) => void (await requester.send(at(id), { method: 'DELETE', signal })),
    rotateSecret: (id, { signal, ...json } = {}) =>
      ask<WebhookWithSecret>(at(id, '/rotate-secret'), { method: 'POST', json, signal }),
    test: (id, { signal } = {}) => ask<WebhookTest>(at(id, '/test'), { method: 'POST', signal }),
    enable: (id, { signal } = {}) => ask<Webhook>(at(id, '/enable'), { method: 'POST', signal }),
    deliveries: (id, { signal, ...query } = {}) => ask<Page<Delivery>>(at(id, '/deliveries'), { query, signal }),
    deadLetters: (id, { signal, ...query } = {}) => ask<Page<DeadLetter>>(at(id, '/dead-letters'), { query, signal }),
    redrive: async (id, { signal } = {}) =>
      (await ask<{ count: number }>(at(id, '/redrive'), { method: 'POST', signal })).count,
    replay: async (id, { signal, ...json }) =>
      void (await requester.send(at(id, '/replay'), { method: 'POST', json, signal })),
  };
}
