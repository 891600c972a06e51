import type { Redis } from 'ioredis';

import type { Clock } from '../domain/clock.ts';
import { sessionKey } from '../domain/session.ts';
import {
  WebhookUrlRefusedError,
  type Webhook,
  type WebhookAdministration,
  type WebhookReplay,
  type WebhookSettings,
  type WebhookTest,
  type WebhookWithSecret,
} from '../domain/webhook.ts';
import { AddressRefusedError, type AddressGuard } from '../host/outbound/address-guard.ts';
import { reachStore } from '../store/connection.ts';
import type { Keyspace } from '../store/keys.ts';
import { comparePositions } from '../store/position.ts';
import { attempt } from './delivery-attempt.ts';
import { readDeadLetters, readDeliveries } from './delivery-lists.ts';
import { endpointKeys } from './endpoint-keys.ts';
import { signing, type SecretKeeper } from './endpoint-secrets.ts';
import type { Endpoints } from './endpoints.ts';
import { readLaneState, type Lane } from './lane.ts';
import type { LaneDeps } from './lane-deps.ts';
import { DELIVERIES_KEPT, REFUSALS_ENOUGH } from './limits.ts';
import { testMessage } from './payload.ts';
import { planReplay } from './replay.ts';
import { redrive } from './scripts/redrive.ts';
import { recordFields } from './settlement.ts';
import type { StoredEndpoint } from './stored-endpoint.ts';
import { viewOf } from './webhook-view.ts';

interface AdministrationOptions {
  readonly redis: Redis;
  readonly keys: Keyspace;
  readonly endpoints: Endpoints;
  readonly secrets: SecretKeeper;
  readonly guard: Pick<AddressGuard, 'check'>;
  readonly attempts: Pick<LaneDeps, 'outbound' | 'version' | 'now' | 'attemptMs' | 'log'>;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Buffer;
  /** The user's endpoints have changed. */
  readonly changed: (userId: string) => void;
  readonly wake: (lanes: readonly Lane[]) => void;
  /** Lanes that wait for their next attempt. */
  readonly dueLanes: (webhookId: string) => Promise<readonly Lane[]>;
  /** Looks for lanes that have something to do. */
  readonly sweep: () => Promise<void>;
}

/** Endpoints as their users handle them. */
export class Administration implements WebhookAdministration {
  readonly #options: AdministrationOptions;

  constructor(options: AdministrationOptions) {
    this.#options = options;
  }

  async create(userId: string, settings: WebhookSettings): Promise<WebhookWithSecret> {
    const { endpoints, changed } = this.#options;
    await this.#check(settings.url);
    const { id, secret } = await endpoints.create(userId, settings);
    changed(userId);
    return { ...(await this.get(userId, id)), secret };
  }

  async list(userId: string): Promise<readonly Webhook[]> {
    const found = await this.#options.endpoints.of(userId);
    return Promise.all(found.map((endpoint) => this.#show(endpoint)));
  }

  async get(userId: string, id: string): Promise<Webhook> {
    return this.#show(await this.#options.endpoints.get(userId, id));
  }

  async update(userId: string, id: string, changes: Partial<WebhookSettings>): Promise<Webhook> {
    const { endpoints } = this.#options;
    if (changes.url !== undefined) await this.#check(changes.url);
    const updated = await endpoints.update(userId, id, async (endpoint) => {
      const settings = { ...(await endpoints.settingsOf(endpoint)), ...changes };
      const { secrets } = await endpoints.secretsOf(endpoint);
      const isEnabled = changes.enabled === true;
      // Another URL is another receiver: what the former one did is nothing against it.
      return { settings, secrets, isEnabled, isRevived: isEnabled || changes.url !== undefined };
    });
    await this.#look(userId, changes.enabled === true || changes.url !== undefined ? id : null);
    return this.#show(updated);
  }

  async remove(userId: string, id: string): Promise<void> {
    await this.#options.endpoints.remove(userId, id);
    this.#options.changed(userId);
  }

  async rotateSecret(userId: string, id: string, overlapMs: number): Promise<WebhookWithSecret> {
    const { endpoints, secrets, clock } = this.#options;
    const secret = secrets.make();
    const until = clock.now() + overlapMs;
    const updated = await endpoints.update(userId, id, async (endpoint) => {
      const { secrets: former } = await endpoints.secretsOf(endpoint);
      const signingYet = former
        .filter((one) => one.until === null || one.until > clock.now())
        .map((one) => ({ secret: one.secret, until: Math.min(one.until ?? until, until) }));
      const settings = await endpoints.settingsOf(endpoint);
      const kept = overlapMs > 0 ? signingYet : [];
      return { settings, secrets: [{ secret, until: null }, ...kept], isEnabled: false, isRevived: false };
    });
    return { ...(await this.#show(updated)), secret };
  }

  async test(userId: string, id: string, signal: AbortSignal): Promise<WebhookTest> {
    const { endpoints, attempts, clock, redis, keys } = this.#options;
    const endpoint = await endpoints.get(userId, id);
    const secrets = await endpoints.secretsOf(endpoint);
    const at = attempts.now();
    const message = testMessage(id, userId, at);
    const target = { url: endpoint.record.url, headers: secrets.headers, secrets: signing(secrets, clock.now()) };
    const result = await attempt(attempts, target, message, signal);
    const delivered = result.kind === 'delivered';
    const outcome = delivered ? ('delivered' as const) : ('failed' as const);
    const judgement = { isDone: true, outcome, tries: { failures: 0, refusals: 0 }, delayMs: 0 };
    const record = recordFields({ sessionKey: '', message, attempt: result, judgement, number: 1, at });
    await reachStore(() =>
      redis.call('XADD', keys.webhookDeliveries(id), 'MAXLEN', '~', String(DELIVERIES_KEPT.count), '*', ...record),
    );
    return { delivered, status: result.status, ms: result.ms, error: result.error };
  }

  async enable(userId: string, id: string): Promise<Webhook> {
    return this.update(userId, id, { enabled: true });
  }

  async deliveries(userId: string, id: string, limit: number, cursor: string | undefined) {
    const { redis, keys, endpoints } = this.#options;
    await endpoints.get(userId, id);
    return readDeliveries(redis, keys.webhookDeliveries(id), limit, cursor);
  }

  async deadLetters(userId: string, id: string, limit: number, cursor: string | undefined) {
    const { redis, keys, endpoints } = this.#options;
    await endpoints.get(userId, id);
    return readDeadLetters(redis, keys.webhookDead(id), limit, cursor);
  }

  async redrive(userId: string, id: string): Promise<number> {
    await this.#options.endpoints.get(userId, id);
    return this.#redrive(userId, id, 0, Number.MAX_SAFE_INTEGER);
  }

  async replay(userId: string, id: string, { from, to, only }: WebhookReplay): Promise<void> {
    const { redis, keys, endpoints, attempts, clock, randomBytes, wake } = this.#options;
    const endpoint = await endpoints.get(userId, id);
    const sessionKeys = await this.#sessionKeys(endpoint);
    const plans = await planReplay(attempts.log, sessionKeys, from, to);
    if (only === 'failed') return void (await this.#redrive(userId, id, from, to ?? Number.MAX_SAFE_INTEGER));
    const replayId = `r${randomBytes(6).toString('hex')}`;
    const now = clock.now();
    await reachStore(() => {
      const step = redis.multi();
      for (const { sessionKey: key, state } of plans) {
        step.hset(keys.webhookLanes(id), `${key}#${replayId}`, JSON.stringify(state));
        step.zadd(keys.webhookDue, now, `${id}|${key}#${replayId}`);
      }
      return step.exec();
    });
    wake(plans.map((plan) => ({ webhookId: id, kind: 'replay', sessionKey: plan.sessionKey, replayId })));
  }

  async #redrive(userId: string, id: string, from: number, to: number): Promise<number> {
    const { redis, keys, clock, wake } = this.#options;
    // One refusal more, and it is a dead letter again.
    const state = JSON.stringify({ failures: 0, refusals: REFUSALS_ENOUGH - 1 });
    const count = await reachStore(() =>
      redrive.run(redis, endpointKeys(keys, id, userId), { id, from, to, now: clock.now(), state }),
    );
    wake([{ webhookId: id, kind: 'parked' }]);
    return count;
  }

  async #check(url: string): Promise<void> {
    try {
      await this.#options.guard.check(url);
    } catch (error) {
      throw error instanceof AddressRefusedError ? new WebhookUrlRefusedError(error.message) : error;
    }
  }

  /** What an endpoint was not told while it was off. */
  async #look(userId: string, revived: string | null): Promise<void> {
    const { changed, wake, dueLanes, sweep } = this.#options;
    changed(userId);
    if (revived !== null) wake(await dueLanes(revived));
    await sweep();
  }

  async #show(endpoint: StoredEndpoint): Promise<Webhook> {
    const { redis, keys, endpoints } = this.#options;
    const [settings, lag, deadLetters] = await Promise.all([
      endpoints.settingsOf(endpoint),
      this.#lag(endpoint),
      reachStore(() => redis.xlen(keys.webhookDead(endpoint.id))),
    ]);
    return viewOf(endpoint, settings, { lag, deadLetters });
  }

  async #sessionKeys({ id, record }: StoredEndpoint): Promise<readonly string[]> {
    const { redis, keys } = this.#options;
    const { userId, sessions } = record;
    const [listed, lanes] = await reachStore(() =>
      Promise.all([redis.zrange(keys.sessionsOf(userId), '0', '-1'), redis.hkeys(keys.webhookLanes(id))]),
    );
    const known = new Set(listed.map((one) => sessionKey({ userId, id: one })));
    // Of deleted sessions there may be something left to tell.
    for (const lane of lanes) if (!lane.includes('#')) known.add(lane);
    return sessions === null ? [...known] : sessions.map((one) => sessionKey({ userId, id: one }));
  }

  /** Age of the oldest event that one of its lanes has still to deliver (ms). */
  async #lag(endpoint: StoredEndpoint): Promise<number> {
    const { redis, keys, attempts } = this.#options;
    const sessionKeys = await this.#sessionKeys(endpoint);
    if (sessionKeys.length === 0) return 0;
    const [heads, states] = await reachStore(() =>
      Promise.all([
        redis.hmget(keys.webhookHeads, ...sessionKeys),
        redis.hmget(keys.webhookLanes(endpoint.id), ...sessionKeys),
      ]),
    );
    const oldest = await Promise.all(
      sessionKeys.map(async (key, index) => {
        const head = heads[index]?.split(' ', 1)[0];
        const state = states[index];
        const cursor = typeof state === 'string' ? readLaneState(state).cursor : endpoint.start;
        if (head === undefined || head === '' || comparePositions(head, cursor) <= 0) return null;
        const [next] = await attempts.log.after(key, cursor, 1);
        return next === undefined ? null : Number(next.position.split('-')[0]);
      }),
    );
    const times = oldest.filter((time) => time !== null);
    return times.length === 0 ? 0 : Math.max(0, attempts.now() - Math.min(...times));
  }
}
