import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { sessionKey } from '../../src/domain/session.ts';
import { FairQueue } from '../../src/queue/fair-queue.ts';
import { StoreFixture } from '../store/store-fixture.ts';
import { QueueModel, userOf } from './queue-model.ts';

type Step = { readonly kind: 'join' | 'withdraw'; readonly key: string } | { readonly kind: 'take' };

// Names of which one begins as the other does, and such as have to be encoded.
const users = fc.constantFrom('a', 'ab', 'a0', 'a/b', 'ü');
const keys = fc
  .tuple(users, fc.constantFrom('1', '2', '3', '4', '5', '6'))
  .map(([userId, id]) => sessionKey({ userId, id }));
const join = keys.map((key): Step => ({ kind: 'join', key }));
const withdraw = keys.map((key): Step => ({ kind: 'withdraw', key }));
const take = fc.constant<Step>({ kind: 'take' });
const steps = (...kinds: fc.Arbitrary<Step>[]) => fc.array(fc.oneof(...kinds), { maxLength: 60 });

function perform(line: QueueModel, step: Step): string | null {
  if (step.kind === 'take') return line.take();
  if (step.kind === 'join') line.join(step.key);
  else line.withdraw(step.key);
  return null;
}

/** Takes until `key` is taken, with the steps of `meanwhile` between; returns the sessions that were taken before. */
function takenBefore(line: QueueModel, key: string, meanwhile: readonly Step[]): string[] {
  const before: string[] = [];
  const more = [...meanwhile];
  for (;;) {
    const step = more.shift();
    const taken =
      step === undefined ? line.take() : step.kind === 'withdraw' && step.key === key ? null : perform(line, step);
    if (taken === key) return before;
    if (taken !== null) before.push(taken);
    if (taken === null && step === undefined) throw new Error(`${key} is not in the queue`);
  }
}

const counted = (taken: readonly string[], user: string) => taken.filter((key) => userOf(key) === user).length;

describe('In the queue for a node', () => {
  it('a user’s first session waits for one of each other user at most, whatever comes and goes', () => {
    fc.assert(
      fc.property(steps(join, join, withdraw, take), steps(join, join, withdraw, take), (before, meanwhile) => {
        const line = new QueueModel();
        for (const step of before) perform(line, step);
        const ahead = new Set(line.order().map(userOf));
        line.join('new/1');
        const taken = takenBefore(line, 'new/1', meanwhile);
        expect(taken.length).toBe(new Set(taken.map(userOf)).size);
        for (const key of taken) expect(ahead).toContain(userOf(key));
      }),
      { numRuns: 2_000 },
    );
  });

  it('nobody is starved: who has n sessions before it waits for n + 2 of any other user at most, however many keep coming', () => {
    fc.assert(
      fc.property(steps(join, join, take), fc.nat(5), steps(join, join, take), (before, own, meanwhile) => {
        const line = new QueueModel();
        for (const step of before) perform(line, step);
        for (let index = 0; index <= own; index += 1) line.join(`mine/${index}`);
        const taken = takenBefore(line, `mine/${own}`, meanwhile);
        for (const user of new Set(taken.map(userOf)))
          expect(counted(taken, user)).toBeLessThanOrEqual(user === 'mine' ? own : own + 2);
      }),
      { numRuns: 2_000 },
    );
  });

  it('new users who come as fast as places become free do not starve somebody’s second session', () => {
    const line = new QueueModel();
    for (let index = 0; index < 20; index += 1) line.join(`patient/${index}`);
    let takes = 0;
    while (line.order().some((key) => userOf(key) === 'patient')) {
      line.join(`newcomer-${takes}/1`);
      line.take();
      takes += 1;
      if (takes > 1_000) throw new Error('starved');
    }
    expect(takes).toBeLessThan(20 * 21);
  });

  it('sessions of one user come in the order in which they were started', () => {
    fc.assert(
      fc.property(steps(join, join, withdraw, take), (all) => {
        const line = new QueueModel();
        const arrivals = new Map<string, string[]>();
        const of = (key: string) => arrivals.get(userOf(key)) ?? arrivals.set(userOf(key), []).get(userOf(key)) ?? [];
        for (const step of all) {
          const taken = perform(line, step);
          if (step.kind === 'join' && !of(step.key).includes(step.key)) of(step.key).push(step.key);
          if (step.kind === 'withdraw' && of(step.key).includes(step.key))
            of(step.key).splice(of(step.key).indexOf(step.key), 1);
          if (taken !== null) expect(of(taken).shift()).toBe(taken);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('In Redis', () => {
  let fixture: StoreFixture;
  beforeAll(async () => {
    fixture = await StoreFixture.open();
  });
  beforeEach(() => fixture.renew());
  afterAll(() => fixture.close());

  it('every place is the one that is meant, and nothing is left of an empty queue', async () => {
    await fc.assert(
      fc.asyncProperty(steps(join, join, withdraw, take), async (all) => {
        fixture.renew();
        const line = new FairQueue(fixture.redis, fixture.keys);
        const model = new QueueModel();
        for (const step of all) {
          if (step.kind === 'join') expect(await line.join(step.key, 'no-job')).toBe(model.join(step.key));
          else {
            const left = step.kind === 'take' ? model.take() : step.key;
            if (step.kind === 'withdraw') model.withdraw(step.key);
            if (left !== null) await line.leave(left, step.kind === 'take' ? 'taken' : 'withdrawn');
          }
        }
        for (const key of model.order()) await line.leave(key, 'withdrawn');
        expect(await fixture.contents()).toEqual({});
      }),
      { numRuns: 50 },
    );
  });

  it('a session that is in the queue already gets no other place', async () => {
    const line = new FairQueue(fixture.redis, fixture.keys);
    await fixture.redis.set('a-job', 'there');
    expect(await line.join('ana/1', 'a-job')).toBeNull();
    expect(await line.join('ana/1', 'no-job')).toBe(2);
    expect(await line.join('ana/1', 'no-job')).toBe(2);
  });

  it('a session whose last stay was never ended gets a new place, not the old one', async () => {
    const line = new FairQueue(fixture.redis, fixture.keys);
    for (const key of ['ana/1', 'bo/1', 'bo/2', 'bo/3']) await line.join(key, 'no-job');
    for (const key of ['bo/1', 'bo/2']) await line.leave(key, 'taken');
    expect(await line.join('ana/1', 'no-job')).toBe(6);
  });

  it('a session that waits for its turn in the round that is served keeps its place', async () => {
    const line = new FairQueue(fixture.redis, fixture.keys);
    for (const key of ['ana/1', 'bo/1']) await line.join(key, 'no-job');
    await line.leave('ana/1', 'taken');
    expect(await line.join('bo/1', 'no-job')).toBe(2);
  });

  it('a place never goes beyond what the queue takes', async () => {
    const line = new FairQueue(fixture.redis, fixture.keys);
    await fixture.redis.hset(fixture.keys.queuePlaces, 'round', 1_048_575);
    expect(await line.join('ana/1', 'no-job')).toBe(2_097_151);
  });
});
