import type { Logger } from 'pino';

import type { Clock } from './domain/clock.ts';
import type { Resolver } from './host/outbound/address-guard.ts';
import type { LookAtSpace } from './host/profile-space.ts';
import type { RedisAddress } from './store/connection.ts';
import type { WorkerSettings } from './supervisor/worker-settings.ts';
import type { WebhookTiming } from './webhooks/create-webhooks.ts';
import type { WhatsAppDriver } from './whatsapp/device.ts';

/** What a service may be given instead of what it would make itself. */
export interface Overrides {
  readonly log?: Logger;
  /** The clock of the sessions. The fleet and the API keep the system's time. */
  readonly clock?: Clock;
  /** By which leases are counted; Redis counts its locks by its own. @defaultValue the monotonic one */
  readonly leaseClock?: Clock;
  /** A Redis that runs, whatever the settings say. */
  readonly redis?: RedisAddress;
  /** Ended with the service. */
  readonly driver?: WhatsAppDriver;
  readonly settings?: Partial<WorkerSettings>;
  /** How the URLs that users give are resolved, and which authorities are trusted besides (PEM). For tests. */
  readonly outbound?: { readonly resolve?: Resolver; readonly ca?: string };
  /** How long an attempt may take, and how soon another process takes over from a dead one (ms). */
  readonly webhooks?: WebhookTiming;
  /** What asks how much room is left for profiles. @defaultValue the kernel */
  readonly lookAtSpace?: LookAtSpace;
  readonly randomBytes?: (count: number) => Buffer;
  /** Ids of requests that bring none. */
  readonly createId?: () => string;
  /** Shown to a developer once it listens: an admin's token and the first calls. @defaultValue nobody */
  readonly greet?: (text: string) => void;
}

/** One process of the service, with all its parts. */
export interface Service {
  /** Where it listens, such as `http://127.0.0.1:3000`. Throws before the end of the start. */
  readonly url: string;
  /** Resolves once it listens. Rejects with a `SupervisorError` that says what to do; `stop` then ends what came up. */
  start(): Promise<void>;
  /**
   * Ends it in order, while it starts as well. `announced`: HTTP is served on for a while first, so that whoever sends
   * requests here notices; sessions are handed over meanwhile. Never rejects; repeated calls share one end.
   */
  stop(how?: 'at once' | 'announced'): Promise<void>;
  /** Takes an error that nobody caught, when it struck a session that runs here. Returns `false` otherwise. */
  heal(error: Error): boolean;
}
