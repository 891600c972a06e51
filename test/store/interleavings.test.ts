import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { FencedError, SupervisorError } from '../../src/domain/errors.ts';
import { parseSessionKey, sessionKey, type SessionAddress } from '../../src/domain/session.ts';
import { claim, type Ownership } from '../../src/store/ownership.ts';
import type { SessionIntent } from '../../src/domain/session-intent.ts';
import { readSessionHash } from '../../src/store/session-hash.ts';
import { request, settledSnapshot, snapshot, StoreFixture, type Action, type RawEvent, NEWS } from './store-fixture.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await StoreFixture.open();
});
afterAll(() => fixture.close());

const LIMITS = { maxSessions: 4, maxSessionsPerUser: 2 };
const USERS = ['ana', 'bo', 'c/d'];
const ADDRESSES: readonly SessionAddress[] = USERS.flatMap((userId) => ['a', 'b', 'c'].map((id) => ({ userId, id })));
const NODES = ['n0', 'n1'] as const;

type NodeAct = 'claim' | 'adopt' | 'move' | 'settle' | 'erase' | 'append' | 'release' | 'remove';
type Step = { readonly address: SessionAddress } & (
  | { readonly by: 'requester'; readonly action: Action }
  | { readonly by: (typeof NODES)[number]; readonly act: NodeAct; readonly value: string; readonly looks: boolean }
);

const address = fc.constantFrom(...ADDRESSES);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    address,
    by: fc.constant('requester' as const),
    action: fc.constantFrom<Action[]>(
      'create',
      'create_and_start',
      'create_and_start',
      'start',
      'stop',
      'restart',
      'reconnect',
      'logout',
      'delete',
      'pair',
    ),
  }),
  fc.record({
    address,
    by: fc.constantFrom(...NODES),
    act: fc.constantFrom<NodeAct[]>(
      'claim',
      'claim',
      'adopt',
      'move',
      'move',
      'settle',
      'erase',
      'append',
      'release',
      'remove',
    ),
    value: fc.constantFrom('authenticating.launching', 'waiting_qr.showing', 'ready.online', 'reconnecting.backoff'),
    // Whether the node reads the record first, or acts upon what it saw of it last.
    looks: fc.boolean(),
  }),
);
/** Steps of one batch are sent at once, each batch after the former has been answered. */
const plan = fc.array(fc.array(step, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 12 });

/** A node's belief that it owns a session, right or wrong, with the intent that it saw last. */
interface Belief {
  readonly ownership: Ownership;
  readonly intent: SessionIntent;
}
type Beliefs = Map<string, Belief>;

async function take(
  beliefs: Beliefs,
  name: string,
  to: SessionAddress,
  node: string,
  expected?: number,
): Promise<void> {
  const result = await claim({ redis: fixture.redis, keys: fixture.keys, now: () => fixture.now }, to, node, expected);
  if ('ownership' in result) beliefs.set(name, { ownership: result.ownership, intent: result.stored.intent });
}

async function perform(each: Step, beliefs: Beliefs): Promise<void> {
  if (each.by === 'requester') {
    await request(fixture.store(LIMITS), each.address, each.action);
    return;
  }
  const name = `${each.by} ${sessionKey(each.address)}`;
  if (each.act === 'claim') return take(beliefs, name, each.address, each.by);
  const held = beliefs.get(name);
  if (held === undefined) return;
  const { ownership } = held;
  if (each.act === 'adopt') return take(beliefs, name, each.address, each.by, ownership.epoch);
  const intent = (each.looks ? (await fixture.store().find(each.address))?.intent : undefined) ?? held.intent;
  beliefs.set(name, { ownership, intent });
  const event = `${each.by}.${each.act}`;
  switch (each.act) {
    case 'move':
      await ownership.persist(snapshot({ value: each.value, event, handledSeq: intent.intentSeq, activity: 'active' }));
      return;
    case 'settle':
      await ownership.persist({ ...settledSnapshot('disconnected.stopped', 'stopped', intent.intentSeq), event });
      return;
    case 'erase':
      await ownership.persist({
        ...settledSnapshot('disconnected.logged_out', 'logged_out', intent.intentSeq),
        event,
        erased: intent.logout,
      });
      return;
    case 'append':
      return void (await ownership.tell(NEWS));
    case 'release':
      return void (await ownership.release(intent.intentSeq));
    case 'remove':
      return ownership.remove();
  }
}

/** Refusals are part of the game; anything else is a fault. */
async function attempt(each: Step, beliefs: Beliefs): Promise<void> {
  try {
    await perform(each, beliefs);
  } catch (error) {
    if (error instanceof FencedError && each.by !== 'requester')
      beliefs.delete(`${each.by} ${sessionKey(each.address)}`);
    if (!(error instanceof SupervisorError) || error.code === 'STORE_UNAVAILABLE') throw error;
  }
}

async function performAll(batches: readonly (readonly Step[])[]): Promise<RawEvent[]> {
  fixture.renew();
  const beliefs: Beliefs = new Map();
  for (const batch of batches) {
    fixture.now += 1_000;
    await Promise.all(batch.map((each) => attempt(each, beliefs)));
  }
  return fixture.events();
}

/** Runs `check` on what each of many random interleavings leaves behind. */
function always(check: (events: readonly RawEvent[]) => Promise<void> | void): Promise<void> {
  return fc.assert(
    fc.asyncProperty(plan, async (batches) => check(await performAll(batches))),
    { numRuns: 60 },
  );
}

const keyOf = ({ fields }: RawEvent) => sessionKey({ userId: fields['userId'] ?? '', id: fields['id'] ?? '' });
const snapshotsOf = (events: readonly RawEvent[]) =>
  events.filter(({ fields }) => fields['type'] !== 'message.received');

/** Which sessions count as running after each event, by what the events say alone. */
function* runningAfterEach(events: readonly RawEvent[]): Generator<ReadonlySet<string>> {
  const running = new Set<string>();
  for (const each of snapshotsOf(events)) {
    const { type, event = '', handled, seq, desired } = each.fields;
    const settles = event.endsWith('.settle') || event.endsWith('.erase');
    if (type === 'session.deleted' || desired !== 'running' || (settles && handled === seq))
      running.delete(keyOf(each));
    else if (event.startsWith('intent.')) running.add(keyOf(each));
    yield running;
  }
}

describe('However two nodes and many requesters interleave', () => {
  it('the rev of each session grows by exactly one with each snapshot, from one', () =>
    always((events) => {
      const revs = new Map<string, number>();
      for (const each of snapshotsOf(events)) {
        if (each.fields['type'] === 'session.deleted') revs.delete(keyOf(each));
        else {
          expect(Number(each.fields['rev'])).toBe((revs.get(keyOf(each)) ?? 0) + 1);
          revs.set(keyOf(each), Number(each.fields['rev']));
        }
      }
    }));

  it('the epoch of a session never falls, and only its newest owner speaks', () =>
    always((events) => {
      const epochs = new Map<string, number>();
      for (const each of snapshotsOf(events)) {
        const { type, epoch, event = '', nodeId } = each.fields;
        if (type === 'session.deleted') {
          epochs.delete(keyOf(each));
          continue;
        }
        expect(Number(epoch)).toBeGreaterThanOrEqual(epochs.get(keyOf(each)) ?? 0);
        epochs.set(keyOf(each), Number(epoch));
        if (!event.startsWith('intent.')) expect(nodeId).toBe(event.split('.')[0]);
      }
    }));

  it('the last event of each session tells what is stored, but for who has it now', () =>
    always(async (events) => {
      const last = new Map(snapshotsOf(events).map((each) => [keyOf(each), each.fields]));
      for (const [key, { type, event: _event, ...told }] of last) {
        const stored = await fixture.fields(key);
        if (type === 'session.deleted') expect(stored).toEqual({});
        else expect(told).toEqual({ ...stored, owner: told['owner'], nodeId: told['nodeId'], epoch: told['epoch'] });
      }
      const listed = await fixture.redis.zrange(fixture.keys.sessions, '0', '-1');
      expect(listed).toEqual(
        [...last]
          .filter(([, { type }]) => type !== 'session.deleted')
          .map(([key]) => key)
          .toSorted(),
      );
    }));

  it('the running ones are those that are wanted running and have not settled', () =>
    always(async (events) => {
      const told = [...([...runningAfterEach(events)].at(-1) ?? [])].toSorted();
      const stored = await fixture.redis.zrange(fixture.keys.active, '0', '-1');
      expect(stored.toSorted()).toEqual(told);
      for (const userId of USERS) {
        const ofUser = await fixture.redis.zrange(fixture.keys.activeOf(userId), '0', '-1');
        expect(ofUser.toSorted()).toEqual(told.filter((key) => parseSessionKey(key).userId === userId));
      }
    }));

  it('no limit is ever passed, not even for a moment', () =>
    always((events) => {
      for (const running of runningAfterEach(events)) {
        expect(running.size).toBeLessThanOrEqual(LIMITS.maxSessions);
        for (const userId of USERS) {
          expect([...running].filter((key) => parseSessionKey(key).userId === userId).length).toBeLessThanOrEqual(
            LIMITS.maxSessionsPerUser,
          );
        }
      }
    }));

  it('the history of each session is a chain, one link for each snapshot whose state differs from the one before', () =>
    always(async (events) => {
      const lives = new Map<string, RawEvent[]>();
      for (const each of snapshotsOf(events))
        lives.set(
          keyOf(each),
          each.fields['type'] === 'session.deleted' ? [] : [...(lives.get(keyOf(each)) ?? []), each],
        );
      for (const [key, life] of lives) {
        let value = 'disconnected.never_started';
        const expected = life.flatMap(({ fields }) => {
          const { rev, event, value: to = '' } = fields;
          if (to === value) return [];
          const from = value;
          value = to;
          return [{ rev: Number(rev), from, to, event }];
        });
        const { items } = await fixture.store().history(parseSessionKey(key), 1_000);
        expect(items.map(({ rev, from, to, event }) => ({ rev, from, to, event }))).toEqual(expected.toReversed());
        expect(items.every(({ at }, index) => at >= (items[index + 1]?.at ?? ''))).toBe(true);
      }
    }));

  it('every stored record and every snapshot told can be read', () =>
    always(async (events) => {
      for (const { fields } of snapshotsOf(events)) if (fields['type'] === 'session.snapshot') readSessionHash(fields);
      const { items } = await fixture.store().list({ limit: 200 });
      expect(items.length).toBeLessThanOrEqual(ADDRESSES.length);
    }));

  it('a session that is to be deleted or whose login is to be erased is on the list of pending erasures until that is done', () =>
    always(async () => {
      for (const each of ADDRESSES) {
        const stored = await fixture.store().find(each);
        if (stored === null) continue;
        const { desired, logout, erased } = stored.intent;
        const listed = (await fixture.redis.sismember(fixture.keys.pendingErasures, sessionKey(each))) === 1;
        expect(listed).toBe(desired === 'deleted' || logout > erased);
      }
    }));
});
