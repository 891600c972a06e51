import { randomBytes } from 'node:crypto';

import { onTestFinished } from 'vitest';

import type { Clock } from '../../src/domain/clock.ts';
import { systemClock } from '../../src/domain/clock.ts';
import { envelopeOf, isPlain } from '../../src/domain/event-envelope.ts';
import { sessionKey, type SessionAddress } from '../../src/domain/session.ts';
import type { DeliveryOutcome, WebhookAdministration, WebhookSettings } from '../../src/domain/webhook.ts';
import { AddressGuard, LOOPBACK_NETS, type Resolver } from '../../src/host/outbound/address-guard.ts';
import { OutboundClient } from '../../src/host/outbound/outbound-client.ts';
import { connectRedis } from '../../src/store/connection.ts';
import { EventFeed } from '../../src/store/event-feed.ts';
import type { Ownership } from '../../src/store/ownership.ts';
import { Receiver } from '../../src/test-kit/receiver.ts';
import { KeyRing } from '../../src/vault/key-ring.ts';
import { createWebhooks, type Webhooks } from '../../src/webhooks/create-webhooks.ts';
import type { PayloadOf } from '../../src/webhooks/lane-deps.ts';
import { resolverOf } from '../host/outbound/resolver-of.ts';
import { snapshot, type StoreFixture } from '../store/store-fixture.ts';

export const EVERYTHING: Omit<WebhookSettings, 'url'> = {
  events: null,
  sessions: null,
  filter: {},
  payload: 'full',
  order: 'session',
  headers: {},
  enabled: true,
};

interface NodeOptions {
  readonly clock?: Clock;
  readonly payloadOf?: PayloadOf;
  readonly resolve?: Resolver;
  readonly attemptMs?: number;
  readonly concurrency?: number;
  readonly outcomes?: DeliveryOutcome[];
  readonly ca?: string;
}

const RING = new KeyRing([{ kid: 'k1', key: randomBytes(32) }]);
const STATES = ['ready.online', 'reconnecting.backoff'] as const;

/** Processes that deliver, sessions with something to tell, and receivers, on a Redis of the file's own. */
export class WebhooksFixture {
  readonly stored: StoreFixture;
  readonly errors: unknown[] = [];
  readonly #owners = new Map<string, { readonly ownership: Ownership; count: number }>();

  constructor(stored: StoreFixture) {
    this.stored = stored;
  }

  /** One more process, ended with the test. */
  async node(options: NodeOptions = {}): Promise<Webhooks & { readonly stopNow: () => Promise<void> }> {
    const { redis, keys, server } = this.stored;
    const { clock = systemClock, outcomes = [], resolve = resolverOf({}), ca } = options;
    const connect = () => connectRedis(server.address, 'blocking', () => undefined);
    const feed = new EventFeed({ redis, blocking: connect(), keys, onError: (error) => this.errors.push(error) });
    await feed.start();
    const guard = new AddressGuard({ allowHttp: true, allowNets: LOOPBACK_NETS }, resolve);
    const outbound = new OutboundClient({ guard, ca });
    const webhooks = createWebhooks({
      redis,
      keys,
      feed,
      connect,
      ring: RING,
      guard,
      outbound,
      payloadOf: options.payloadOf ?? (async (event) => (isPlain(event) ? envelopeOf(event) : 'gone')),
      concurrency: options.concurrency ?? 20,
      clock,
      now: () => Date.now(),
      chance: () => 0.5,
      randomBytes,
      version: '0.0.0',
      telemetry: { attempted: (outcome) => outcomes.push(outcome) },
      onError: (error) => this.errors.push(error),
      attemptMs: options.attemptMs ?? 2_000,
      failover: { lockMs: 1_000, stalledCheckMs: 300 },
    });
    webhooks.start();
    let ended: Promise<void> | null = null;
    const stopNow = (): Promise<void> => {
      ended ??= (async () => {
        await webhooks.stop(2_000);
        await feed.stop();
        outbound.close();
      })();
      return ended;
    };
    onTestFinished(stopNow);
    return { ...webhooks, stopNow };
  }

  /** An endpoint with a receiver of its own. */
  async endpoint(
    administration: Pick<WebhookAdministration, 'create'>,
    settings: Partial<WebhookSettings> = {},
    userId = 'ana',
  ): Promise<{ readonly id: string; readonly receiver: Receiver }> {
    const receiver = await this.receiver();
    const { id, secret } = await administration.create(userId, {
      url: receiver.url,
      ...EVERYTHING,
      events: ['session.state'],
      ...settings,
    });
    receiver.secret = secret;
    return { id, receiver };
  }

  async receiver(): Promise<Receiver> {
    const receiver = await Receiver.start();
    onTestFinished(() => receiver.close());
    return receiver;
  }

  /** Makes a session that this fixture speaks for. */
  async session(address: SessionAddress): Promise<void> {
    await this.stored.store().create(address, { start: true, metadata: {} });
    const { ownership } = await this.stored.claim(address);
    this.#owners.set(sessionKey(address), { ownership, count: 0 });
  }

  /** The session changes its state so many times; each change is an event, in order. */
  async changes(address: SessionAddress, times: number): Promise<void> {
    const owner = this.#owners.get(sessionKey(address));
    if (owner === undefined) throw new Error(`there is no session ${address.id}`);
    for (let time = 0; time < times; time += 1) {
      const value = STATES[owner.count % 2] ?? STATES[0];
      owner.count += 1;
      await owner.ownership.persist(snapshot({ value }));
    }
  }

  /** The session does something that changes no state. */
  async stirs(address: SessionAddress): Promise<void> {
    const owner = this.#owners.get(sessionKey(address));
    await owner?.ownership.persist(snapshot({ value: STATES[(owner.count + 1) % 2] ?? STATES[0] }));
  }
}
