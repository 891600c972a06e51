import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { StoreUnavailableError } from '../../src/domain/errors.ts';
import { TicketStore } from '../../src/store/tickets.ts';
import type { Ownership } from '../../src/store/ownership.ts';
import { ANA, request, snapshot, StoreFixture } from './store-fixture.ts';

let fixture: StoreFixture;
let ownership: Ownership;
beforeEach(async () => {
  fixture = await StoreFixture.open({ appendOnly: true });
  await request(fixture.store(), ANA, 'create_and_start');
  ({ ownership } = await fixture.claim(ANA));
});
afterEach(async () => {
  process.kill(fixture.server.pid, 'SIGCONT');
  await fixture.close();
});

describe('While Redis does not answer', () => {
  it('every call says that the store is unavailable, in bounded time', async () => {
    process.kill(fixture.server.pid, 'SIGSTOP');
    const tickets = new TicketStore({
      redis: fixture.redis,
      keys: fixture.keys,
      now: () => fixture.now,
      createId: () => 'x',
    });
    const calls = {
      create: request(fixture.store(), ANA, 'create'),
      stop: request(fixture.store(), ANA, 'stop'),
      find: fixture.store().find(ANA),
      list: fixture.store().list({ limit: 5 }),
      history: fixture.store().history(ANA, 5),
      claim: fixture.claim(ANA),
      persist: ownership.persist(snapshot()),
      append: ownership.append('message.received', {}),
      release: ownership.release(0),
      remove: ownership.remove(),
      issue: tickets.issue({ userId: 'ana', scopes: [] }),
      redeem: tickets.redeem('x'),
    };
    const outcomes = await Promise.allSettled(Object.values(calls));
    expect(
      Object.keys(calls).filter(
        (_, index) =>
          !(outcomes[index]?.status === 'rejected' && outcomes[index].reason instanceof StoreUnavailableError),
      ),
    ).toEqual([]);
  });

  it('a list says so too when Redis falls silent between the index and the sessions', async () => {
    const { redis, server } = fixture;
    const silent = new Proxy(redis, {
      get(target, name) {
        if (name === 'pipeline') process.kill(server.pid, 'SIGSTOP');
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function'
          ? (...args: unknown[]): unknown => Reflect.apply(member, target, args)
          : member;
      },
    });
    await expect(fixture.storeOn(silent).list({ limit: 5 })).rejects.toThrow(StoreUnavailableError);
  });
});

describe('After Redis has come back', () => {
  it('the store goes on with what it kept', async () => {
    await fixture.server.restart();
    await expect.poll(() => fixture.redis.status, { timeout: 45_000 }).toBe('ready');
    expect(await ownership.persist(snapshot({ handledSeq: 1 }))).toBe(2);
    expect((await fixture.find(ANA)).session.state).toBe('ready');
  });
});
