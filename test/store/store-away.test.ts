import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { StoreUnavailableError } from '../../src/domain/errors.ts';
import { SimulationChannel } from '../../src/store/simulation-channel.ts';
import { TicketStore } from '../../src/store/tickets.ts';
import type { Ownership } from '../../src/store/ownership.ts';
import { ANA, request, snapshot, StoreFixture, NEWS } from './store-fixture.ts';

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
      tell: ownership.tell(NEWS),
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

describe('What was refused', () => {
  /** Each call that would change something, by its name. */
  const refused = () => {
    const store = fixture.store();
    const simulation = new SimulationChannel(fixture.redis, fixture.keys);
    return {
      create: request(store, { ...ANA, id: 'new' }, 'create_and_start'),
      stop: request(store, ANA, 'stop'),
      logout: request(store, ANA, 'logout'),
      delete: request(store, ANA, 'delete'),
      claim: fixture.claim(ANA, 'n2'),
      persist: ownership.persist(snapshot()),
      tell: ownership.tell(NEWS),
      release: ownership.release(0),
      remove: ownership.remove(),
      simulate: simulation.send(ANA, { event: 'hang' }),
    };
  };
  const kept = async () => {
    const { redis, keys } = fixture;
    const names = (await redis.keys(`${keys.prefix}:*`)).toSorted();
    return { names, session: await fixture.fields('ana/sales'), events: await fixture.events() };
  };
  const expectRefused = async (calls: Record<string, Promise<unknown>>): Promise<void> => {
    const names = Object.keys(calls);
    const outcomes = await Promise.allSettled(Object.values(calls));
    expect(names.filter((_, index) => outcomes[index]?.status !== 'rejected')).toEqual([]);
  };

  it('while Redis was frozen does not happen when it wakes', async () => {
    const before = await kept();
    process.kill(fixture.server.pid, 'SIGSTOP');
    await expectRefused(refused());
    process.kill(fixture.server.pid, 'SIGCONT');
    // Redis answers in order: all that was sent before has been run then.
    expect(await kept()).toEqual(before);
  });

  it('while Redis was gone does not happen when it is there again', async () => {
    const before = await kept();
    await fixture.server.restart(async () => expectRefused(refused()));
    await expect.poll(() => fixture.redis.status, { timeout: 45_000 }).toBe('ready');
    expect(await kept()).toEqual(before);
  });
});
