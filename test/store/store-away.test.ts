import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { StoreUnavailableError } from '../../src/domain/errors.ts';
import { TicketStore } from '../../src/store/tickets.ts';
import type { Ownership } from '../../src/store/ownership.ts';
import { ANA, request, snapshot, StoreFixture } from './store-fixture.ts';

let world: StoreFixture;
let ownership: Ownership;
beforeEach(async () => {
  world = await StoreFixture.open({ appendOnly: true });
  await request(world.store(), ANA, 'create_and_start');
  ({ ownership } = await world.claim(ANA));
});
afterEach(async () => {
  process.kill(world.server.pid, 'SIGCONT');
  await world.close();
});

describe('While Redis does not answer', () => {
  it('every call says that the store is unavailable, in bounded time', async () => {
    process.kill(world.server.pid, 'SIGSTOP');
    const tickets = new TicketStore({
      redis: world.redis,
      keys: world.keys,
      now: () => world.now,
      createId: () => 'x',
    });
    const calls = {
      create: request(world.store(), ANA, 'create'),
      stop: request(world.store(), ANA, 'stop'),
      find: world.store().find(ANA),
      list: world.store().list({ limit: 5 }),
      history: world.store().history(ANA, 5),
      claim: world.claim(ANA),
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
    const { redis, server } = world;
    const silent = new Proxy(redis, {
      get(target, name) {
        if (name === 'pipeline') process.kill(server.pid, 'SIGSTOP');
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function'
          ? (...args: unknown[]): unknown => Reflect.apply(member, target, args)
          : member;
      },
    });
    await expect(world.storeOn(silent).list({ limit: 5 })).rejects.toThrow(StoreUnavailableError);
  });
});

describe('After Redis has come back', () => {
  it('the store goes on with what it kept', async () => {
    await world.server.restart();
    await expect.poll(() => world.redis.status, { timeout: 45_000 }).toBe('ready');
    expect(await ownership.persist(snapshot({ handledSeq: 1 }))).toBe(2);
    expect((await world.find(ANA)).session.state).toBe('ready');
  });
});
