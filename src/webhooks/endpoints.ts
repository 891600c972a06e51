import type { Redis } from 'ioredis';

import { WebhookLimitError, WebhookNotFoundError, type WebhookSettings } from '../domain/webhook.ts';
import { reachStore } from '../store/connection.ts';
import type { Keyspace } from '../store/keys.ts';
import { endpointKeys, userInKeys } from './endpoint-keys.ts';
import type { SecretKeeper } from './endpoint-secrets.ts';
import { ENDPOINTS_OF_USER } from './limits.ts';
import { createWebhook } from './scripts/create-webhook.ts';
import { updateWebhook } from './scripts/update-webhook.ts';
import { readEndpoint, recordOf, type EndpointSecrets, type StoredEndpoint } from './stored-endpoint.ts';

interface EndpointsOptions {
  readonly redis: Redis;
  readonly keys: Keyspace;
  readonly secrets: SecretKeeper;
  readonly randomBytes: (count: number) => Buffer;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const ID_BYTES = 16;

/** What an update makes of an endpoint. */
export interface EndpointChange {
  readonly settings: WebhookSettings;
  readonly secrets: EndpointSecrets['secrets'];
  /** Whether it is on from now on, whatever turned it off. */
  readonly isEnabled: boolean;
  /** Whether it is taken as one that never failed. */
  readonly isRevived: boolean;
}

/** The endpoints of all users, in Redis. Methods throw `StoreUnavailableError` while that is away. */
export class Endpoints {
  readonly #options: EndpointsOptions;

  constructor(options: EndpointsOptions) {
    this.#options = options;
  }

  /** Throws {@link WebhookLimitError}. */
  async create(userId: string, settings: WebhookSettings): Promise<{ id: string; secret: string }> {
    const { redis, keys, secrets, randomBytes, now } = this.#options;
    const id = `wh_${randomBytes(ID_BYTES).toString('hex')}`;
    const secret = secrets.make();
    const at = new Date(now()).toISOString();
    const sealed = await secrets.seal(id, userId, {
      secrets: [{ secret, until: null }],
      headers: { ...settings.headers },
    });
    const start = await reachStore(() =>
      createWebhook.run(redis, endpointKeys(keys, id, userId), {
        id,
        limit: ENDPOINTS_OF_USER,
        user: userInKeys(userId),
        sessionPrefix: keys.session(''),
        record: JSON.stringify(recordOf(settings, { userId, createdAt: at, updatedAt: at })),
        sealed,
        taker: takerOf(settings),
        disabledBy: settings.enabled ? '' : 'user',
      }),
    );
    if (start === 'limit') throw new WebhookLimitError(ENDPOINTS_OF_USER);
    return { id, secret };
  }

  /** A user's, in the order of their making. */
  async of(userId: string): Promise<readonly StoredEndpoint[]> {
    const ids = await this.idsOf(userId);
    const found = await Promise.all(ids.map((id) => this.find(id)));
    return found
      .filter((endpoint) => endpoint !== null)
      .toSorted((a, b) => (a.record.createdAt < b.record.createdAt ? -1 : 1));
  }

  async idsOf(userId: string): Promise<readonly string[]> {
    const { redis, keys } = this.#options;
    return reachStore(() => redis.hkeys(keys.webhooksOf(userId)));
  }

  async find(id: string): Promise<StoredEndpoint | null> {
    const { redis, keys } = this.#options;
    return reachStore(async () => readEndpoint(id, await redis.hgetall(keys.webhook(id))));
  }

  /** Throws {@link WebhookNotFoundError}, of another user's too. */
  async get(userId: string, id: string): Promise<StoredEndpoint> {
    const endpoint = await this.find(id);
    if (endpoint === null || endpoint.record.userId !== userId) throw new WebhookNotFoundError(id);
    return endpoint;
  }

  async secretsOf({ id, record, text }: StoredEndpoint): Promise<EndpointSecrets> {
    return this.#options.secrets.open(id, record.userId, text.sealed);
  }

  /** All that a user set. */
  async settingsOf(endpoint: StoredEndpoint): Promise<WebhookSettings> {
    const { headers } = await this.secretsOf(endpoint);
    const { userId: _, createdAt: __, updatedAt: ___, ...settings } = endpoint.record;
    return { ...settings, headers };
  }

  /** Begins anew where another request came in between. Throws {@link WebhookNotFoundError}. */
  async update(
    userId: string,
    id: string,
    change: (endpoint: StoredEndpoint) => Promise<EndpointChange>,
  ): Promise<StoredEndpoint> {
    const { redis, keys, secrets, now } = this.#options;
    for (;;) {
      const endpoint = await this.get(userId, id);
      const { settings, secrets: own, isEnabled, isRevived } = await change(endpoint);
      const { createdAt } = endpoint.record;
      const record = recordOf(settings, { userId, createdAt, updatedAt: new Date(now()).toISOString() });
      const sealed = await secrets.seal(id, userId, { secrets: own, headers: { ...settings.headers } });
      const isOn = settings.enabled;
      const verdict = await reachStore(() =>
        updateWebhook.run(redis, endpointKeys(keys, id, userId), {
          id,
          user: userInKeys(userId),
          now: now(),
          expected: endpoint.text,
          record: JSON.stringify(record),
          sealed,
          taker: takerOf(settings),
          disabledBy: isOn ? (isEnabled ? '' : undefined) : 'user',
          isRevived,
        }),
      );
      if (verdict === 'missing') throw new WebhookNotFoundError(id);
      if (verdict === 'written') return this.get(userId, id);
    }
  }

  /** Throws {@link WebhookNotFoundError}. */
  async remove(userId: string, id: string): Promise<void> {
    const { redis, keys } = this.#options;
    await this.get(userId, id);
    const own = endpointKeys(keys, id, userId);
    await reachStore(() =>
      redis
        .multi()
        .hdel(own.webhooksOfUser, id)
        .srem(own.webhookIds, id)
        .del(own.webhook, own.lanes, own.slots, own.waiting, own.parked, own.parkedDue, own.deliveries, own.dead)
        .exec(),
    );
  }
}

/** Whether it takes every snapshot, so that all are kept. */
function takerOf({ events }: WebhookSettings): '0' | '1' {
  return events === null || events.includes('session.snapshot') ? '1' : '0';
}
