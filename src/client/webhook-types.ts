// What the service answers with about webhooks, in plain types. test/client/webhook-types.test.ts holds them to its own.

import type { Page } from './session-types.ts';
import type { Cancelable, PageOptions } from './session-verbs.ts';

/** What an endpoint can ask for. */
export type WebhookEvent =
  | 'session.snapshot'
  | 'session.state'
  | 'session.deleted'
  | 'session.restricted'
  | 'message.received'
  | 'message.echo'
  | 'message.sent'
  | 'message.ack'
  | 'message.failed'
  | 'message.unknown'
  | 'message.expired'
  | 'message.cancelled'
  | 'message.edited'
  | 'message.revoked'
  | 'message.reaction'
  | 'call.received'
  | 'webhook.disabled'
  | 'webhook.gap';

export interface WebhookSettings {
  url: string;
  /** `null`: all. */
  events: WebhookEvent[] | null;
  /** Ids of sessions; `null`: all. */
  sessions: string[] | null;
  /** Which messages. Events that are not about a message pass. */
  filter: {
    chatIds?: string[] | undefined;
    groups?: boolean | undefined;
    fromMe?: boolean | undefined;
    types?: string[] | undefined;
  };
  /** `thin`: ids only. */
  payload: 'full' | 'thin';
  /** `none`: faster, and in no order. */
  order: 'session' | 'none';
  /** Sent with each delivery. */
  headers: Record<string, string>;
  enabled: boolean;
}

/** What came of an attempt. `failed`: it is tried again. `dead_letter`: it is not. `disabled`: the answer was 410. */
export type DeliveryOutcome = 'delivered' | 'failed' | 'dead_letter' | 'disabled';

/** An endpoint. Times are ISO 8601. */
export interface Webhook extends WebhookSettings {
  id: string;
  userId: string;
  /** `open`: many attempts in a row failed, one delivery tries for all. */
  state: 'active' | 'failing' | 'open' | 'disabled';
  disabledBy: 'user' | 'gone' | 'failing' | null;
  failingSince: string | null;
  /** Age of the oldest event that is still to be delivered (ms). */
  lag: number;
  deadLetters: number;
  lastDelivery: { at: string; status: number | null; outcome: DeliveryOutcome } | null;
  createdAt: string;
  updatedAt: string;
}

/** With what signs its deliveries, shown this once. */
export interface WebhookWithSecret extends Webhook {
  secret: string;
}

/** One attempt. `webhookId` is that of the delivery, the same each time it is tried. */
export interface Delivery {
  webhookId: string;
  type: string;
  sessionId: string;
  at: string;
  attempt: number;
  status: number | null;
  ms: number;
  error: string | null;
  outcome: DeliveryOutcome;
}

export interface DeadLetter {
  webhookId: string;
  type: string;
  sessionId: string;
  position: string;
  at: string;
  status: number | null;
  error: string | null;
}

export interface WebhookTest {
  delivered: boolean;
  status: number | null;
  ms: number;
  error: string | null;
}

export interface ReplayOptions extends Cancelable {
  /** ISO 8601. */
  readonly from: string;
  /** @defaultValue now */
  readonly to?: string;
  /** @defaultValue all */
  readonly only?: 'failed' | 'all';
}

type NewWebhook = Pick<WebhookSettings, 'url'> & Partial<WebhookSettings>;

/** The caller's endpoints. Each method may reject with an `ApiError`. */
export interface Webhooks {
  /** Keep the secret: it is shown this once. */
  create(settings: NewWebhook, options?: Cancelable): Promise<WebhookWithSecret>;
  list(options?: Cancelable): Promise<readonly Webhook[]>;
  get(id: string, options?: Cancelable): Promise<Webhook>;
  update(id: string, changes: Partial<WebhookSettings>, options?: Cancelable): Promise<Webhook>;
  remove(id: string, options?: Cancelable): Promise<void>;
  /** Both secrets sign for `overlapMs`. @defaultValue a day */
  rotateSecret(id: string, options?: Cancelable & { readonly overlapMs?: number }): Promise<WebhookWithSecret>;
  /** Delivers `webhook.test` now. */
  test(id: string, options?: Cancelable): Promise<WebhookTest>;
  /** After it was disabled: goes on where it stopped. */
  enable(id: string, options?: Cancelable): Promise<Webhook>;
  /** The last attempts, newest first. */
  deliveries(id: string, options?: PageOptions): Promise<Page<Delivery>>;
  deadLetters(id: string, options?: PageOptions): Promise<Page<DeadLetter>>;
  /** Delivers the dead letters once more; resolves with their number. */
  redrive(id: string, options?: Cancelable): Promise<number>;
  /** Delivers once more what happened in some time. Rejects with `GONE` where that is no longer kept. */
  replay(id: string, options: ReplayOptions): Promise<void>;
}
