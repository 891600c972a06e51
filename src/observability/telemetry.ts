import type { DeliveryOutcome } from '../domain/webhook.ts';
import type { SessionState } from '../domain/session.ts';
import type { LossCause, Unreadable } from '../whatsapp/device.ts';

/** How a launch ended: with a first sign of the page, lost before it, or given up because nobody wanted it any more. */
export type LaunchOutcome = 'up' | 'failed' | 'abandoned';

/** What the supervisor tells whoever counts: never who, only what and how long. Must not throw. */
export interface Telemetry {
  moved(from: SessionState, to: SessionState, event: string): void;
  /** A browser was lost. */
  lost(cause: LossCause): void;
  launched(outcome: LaunchOutcome, durationMs: number): void;
  /** Ready again after it had been lost. */
  recovered(durationMs: number): void;
  /** The supervisor's own verdict about a failed session. */
  judged(verdict: 'restarted' | 'parked'): void;
  /** A page told something that cannot be read. */
  unreadable(kind: Unreadable['kind']): void;
  /** A planned renewal of a browser began. */
  renewed(why: 'age' | 'memory' | 'storage'): void;
}

/** What the webhooks tell whoever counts. Must not throw. */
export interface WebhookTelemetry {
  attempted(outcome: DeliveryOutcome, durationMs: number): void;
}
