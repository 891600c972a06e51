import { randomBytes } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { TICKET_LIFETIME_MS, TicketStore } from '../../src/store/tickets.ts';
import { StoreFixture } from './store-fixture.ts';

let fixture: StoreFixture;
let tickets: TicketStore;
beforeAll(async () => {
  fixture = await StoreFixture.open();
});
beforeEach(() => {
  fixture.renew();
  const createId = () => randomBytes(32).toString('base64url');
  tickets = new TicketStore({ redis: fixture.redis, keys: fixture.keys, now: () => fixture.now, createId });
});
afterAll(() => fixture.close());

const GRANT = { userId: 'ana', scopes: ['sessions:read'] };

describe('A ticket', () => {
  it('stands for what it was issued for', async () => {
    const { ticket } = await tickets.issue(GRANT);
    expect(await tickets.redeem(ticket)).toEqual(GRANT);
  });

  it('is good once, however many try at the same time', async () => {
    const { ticket } = await tickets.issue(GRANT);
    const grants = await Promise.all(Array.from({ length: 100 }, () => tickets.redeem(ticket)));
    expect(grants.filter((grant) => grant !== null)).toEqual([GRANT]);
    expect(await tickets.redeem(ticket)).toBeNull();
  });

  it('tells when it expires, and Redis is told the same', async () => {
    const { ticket, expiresAt } = await tickets.issue(GRANT);
    expect(expiresAt).toBe(new Date(fixture.now + TICKET_LIFETIME_MS).toISOString());
    const left = await fixture.redis.pttl(fixture.keys.ticket(ticket));
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(TICKET_LIFETIME_MS);
  });

  it('stands for nothing once it has expired', async () => {
    const { ticket } = await tickets.issue(GRANT);
    await fixture.redis.pexpireat(fixture.keys.ticket(ticket), 1);
    expect(await tickets.redeem(ticket)).toBeNull();
  });

  it('leaves nothing in Redis once it is used', async () => {
    const { ticket } = await tickets.issue(GRANT);
    await tickets.redeem(ticket);
    expect(await fixture.contents()).toEqual({});
  });

  it.each(['', '*', 'x\r\nFLUSHALL\r\n', '\u0000', '../sessions', 'x'.repeat(100_000)])(
    'that was never issued stands for nothing: %j',
    async (ticket) => {
      await tickets.issue(GRANT);
      expect(await tickets.redeem(ticket)).toBeNull();
      expect(Object.keys(await fixture.contents())).toHaveLength(1);
    },
  );
});
