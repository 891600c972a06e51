import { SupervisorError } from './errors.ts';
import { MESSAGE_EVENT_TYPES } from './message-events.ts';

/** What an endpoint may ask for. `webhook.test` is sent on request only. */
export const WEBHOOK_EVENTS = [
  'session.snapshot',
  'session.state',
  'session.deleted',
  ...MESSAGE_EVENT_TYPES,
  'webhook.disabled',
  'webhook.gap',
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** Which messages an endpoint takes; events that are not about a message pass. What is absent does not matter. */
export interface WebhookFilter {
  readonly chatIds?: readonly string[] | undefined;
  /** `false`: none of groups; `true`: only those. */
  readonly groups?: boolean | undefined;
  readonly fromMe?: boolean | undefined;
  /** Of messages, such as `text`. */
  readonly types?: readonly string[] | undefined;
}

/** What a user says about an endpoint. `null` is everything. */
export interface WebhookSettings {
  readonly url: string;
  readonly events: readonly WebhookEvent[] | null;
  /** Ids of sessions. */
  readonly sessions: readonly string[] | null;
  readonly filter: WebhookFilter;
  readonly payload: 'full' | 'thin';
  /** `none`: faster, and in no order. */
  readonly order: 'session' | 'none';
  /** Sent with each delivery. Kept sealed: they may hold a token. */
  readonly headers: Readonly<Record<string, string>>;
  readonly enabled: boolean;
}

export const WEBHOOK_STATES = ['active', 'failing', 'open', 'disabled'] as const;
/**
 * `failing`: the last attempt failed. `open`: many in a row did, so that one lane tries for all. `disabled`: nothing is
 * sent.
 */
export type WebhookState = (typeof WEBHOOK_STATES)[number];

/** An endpoint as it is shown. Times are ISO 8601. */
export interface Webhook extends WebhookSettings {
  readonly id: string;
  readonly userId: string;
  readonly state: WebhookState;
  /** `user`: by its owner. `gone`: it answered 410. `failing`: for five days. */
  readonly disabledBy: 'user' | 'gone' | 'failing' | null;
  /** Since when every attempt failed. */
  readonly failingSince: string | null;
  /** Age of the oldest event that is still to be delivered (ms); 0 where there is none. */
  readonly lag: number;
  readonly deadLetters: number;
  readonly lastDelivery: {
    readonly at: string;
    readonly status: number | null;
    readonly outcome: DeliveryOutcome;
  } | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** With its secret, which is shown this once. */
export type WebhookWithSecret = Webhook & { readonly secret: string };

export const DELIVERY_OUTCOMES = ['delivered', 'failed', 'dead_letter', 'disabled'] as const;
/** `failed`: will be tried again. `dead_letter`: refused for good. `disabled`: the answer was 410. */
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number];

/** One attempt, without a word of what was sent or answered. */
export interface Delivery {
  readonly webhookId: string;
  readonly type: string;
  readonly sessionId: string;
  readonly at: string;
  /** From 1 on. */
  readonly attempt: number;
  /** HTTP's; `null` where there was no answer. */
  readonly status: number | null;
  readonly ms: number;
  /** One word, such as `TIMEOUT`. */
  readonly error: string | null;
  readonly outcome: DeliveryOutcome;
}

/** What an endpoint refused for good. */
export interface DeadLetter {
  readonly webhookId: string;
  readonly type: string;
  readonly sessionId: string;
  readonly position: string;
  readonly at: string;
  readonly status: number | null;
  readonly error: string | null;
}

export interface WebhookPage<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

export interface WebhookTest {
  readonly delivered: boolean;
  readonly status: number | null;
  readonly ms: number;
  readonly error: string | null;
}

export interface WebhookReplay {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number | null;
  readonly only: 'failed' | 'all';
}

/** What the API does with a user's endpoints. Each method throws `StoreUnavailableError` while the store is away. */
export interface WebhookAdministration {
  /** Throws {@link WebhookUrlRefusedError}, {@link WebhookLimitError}. */
  create(userId: string, settings: WebhookSettings): Promise<WebhookWithSecret>;
  list(userId: string): Promise<readonly Webhook[]>;
  /** As all below, throws {@link WebhookNotFoundError}. */
  get(userId: string, id: string): Promise<Webhook>;
  update(userId: string, id: string, changes: Partial<WebhookSettings>): Promise<Webhook>;
  remove(userId: string, id: string): Promise<void>;
  /** @param overlapMs how long the former secret signs too */
  rotateSecret(userId: string, id: string, overlapMs: number): Promise<WebhookWithSecret>;
  test(userId: string, id: string, signal: AbortSignal): Promise<WebhookTest>;
  enable(userId: string, id: string): Promise<Webhook>;
  deliveries(userId: string, id: string, limit: number, cursor: string | undefined): Promise<WebhookPage<Delivery>>;
  deadLetters(userId: string, id: string, limit: number, cursor: string | undefined): Promise<WebhookPage<DeadLetter>>;
  /** How many were put back. */
  redrive(userId: string, id: string): Promise<number>;
  /** Throws {@link GoneError}. */
  replay(userId: string, id: string, replay: WebhookReplay): Promise<void>;
}

/** How the webhooks of the whole fleet do. */
export interface WebhookFigures {
  /** Endpoints by state. */
  readonly endpoints: Readonly<Record<WebhookState, number>>;
  /** `behind`: sessions of which some lane has something to deliver. `retrying`: lanes that failed. `waiting`: for a place. */
  readonly lanes: { readonly behind: number; readonly retrying: number; readonly waiting: number };
  readonly deadLetters: number;
  /** Age of the oldest event that is still to be delivered (ms). */
  readonly lagMs: number;
}

export class WebhookUrlRefusedError extends SupervisorError {
  readonly code = 'WEBHOOK_URL_REFUSED';
}

export class WebhookNotFoundError extends SupervisorError {
  readonly code = 'NOT_FOUND';
  constructor(id: string) {
    super(`There is no webhook "${id}".`);
  }
}

export class WebhookLimitError extends SupervisorError {
  readonly code = 'USER_LIMIT';
  readonly limit: number;
  constructor(limit: number) {
    super(`This user has ${limit} of ${limit} webhooks. Delete one first.`);
    this.limit = limit;
  }
}

/** What was asked for is no longer kept. */
export class GoneError extends SupervisorError {
  readonly code = 'GONE';
}
