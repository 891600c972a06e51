import type { Redis } from 'ioredis';
import { z } from 'zod';

import { reachStore } from './connection.ts';
import type { Keyspace } from './keys.ts';

/** What a ticket lets its bearer be, once. */
const grantSchema = z.strictObject({
  userId: z.string(),
  scopes: z.array(z.string()),
  /** When the token that it was made with ends; what the ticket opens ends then too. Milliseconds since 1970. */
  expiresAt: z.number().exactOptional(),
});
export type TicketGrant = z.infer<typeof grantSchema>;

interface TicketStoreOptions {
  readonly redis: Redis;
  readonly keys: Keyspace;
  readonly now: () => number;
  /** 32 random bytes or more, URL-safe. */
  readonly createId: () => string;
}

export const TICKET_LIFETIME_MS = 60_000;

/** One-time tickets for callers that cannot send a header: `EventSource` and `<img>`. */
export class TicketStore {
  readonly #options: TicketStoreOptions;

  constructor(options: TicketStoreOptions) {
    this.#options = options;
  }

  async issue(grant: TicketGrant): Promise<{ ticket: string; expiresAt: string }> {
    const { redis, keys, now, createId } = this.#options;
    const ticket = createId();
    await reachStore(() => redis.set(keys.ticket(ticket), JSON.stringify(grant), 'PX', TICKET_LIFETIME_MS));
    return { ticket, expiresAt: new Date(now() + TICKET_LIFETIME_MS).toISOString() };
  }

  /** What the ticket stood for; `null` when it is unknown, used or expired. It is used up by this call. */
  async redeem(ticket: string): Promise<TicketGrant | null> {
    const { redis, keys } = this.#options;
    const stored = await reachStore(() => redis.getdel(keys.ticket(ticket)));
    return stored === null ? null : grantSchema.parse(JSON.parse(stored));
  }
}
