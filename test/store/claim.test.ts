import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { FencedError, SupervisorError } from '../../src/domain/errors.ts';
import { sessionKey } from '../../src/domain/session.ts';
import { claim, Ownership } from '../../src/store/ownership.ts';
import { ANA, codeOf, request, snapshot, StoreFixture, NEWS } from './store-fixture.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await StoreFixture.open();
});
beforeEach(async () => {
  fixture.renew();
  await request(fixture.store(), ANA, 'create_and_start');
});
afterAll(() => fixture.close());

const KEY = sessionKey(ANA);
const options = () => ({ redis: fixture.redis, keys: fixture.keys, now: () => fixture.now });
const setEpoch = (epoch: number) => fixture.redis.hset(fixture.keys.session(KEY), 'epoch', epoch);
/** Milliseconds since 1970 by Redis's clock. */
const redisTime = async () => {
  const [seconds = 0, micros = 0] = await fixture.redis.time();
  return seconds * 1_000 + Math.floor(micros / 1_000);
};

describe('Claiming a session', () => {
  it('gives an epoch of at least the time, which then is the stored one', async () => {
    const before = await redisTime();
    const { ownership, stored } = await fixture.claim(ANA);
    expect(ownership.epoch).toBeGreaterThanOrEqual(before);
    expect(stored.intent.epoch).toBe(ownership.epoch);
    expect((await fixture.find(ANA)).intent.epoch).toBe(ownership.epoch);
  });

  it('makes the node its owner, and the last one that ran it', async () => {
    await fixture.claim(ANA, 'n7');
    expect(await fixture.find(ANA)).toMatchObject({ intent: { owner: 'n7' }, session: { nodeId: 'n7' } });
  });

  it('grows the epoch with each claim, however fast they follow', async () => {
    const epochs: number[] = [];
    for (let round = 0; round < 20; round += 1) epochs.push((await fixture.claim(ANA)).ownership.epoch);
    expect(epochs).toEqual([...new Set(epochs)].toSorted((a, b) => a - b));
  });

  it('gives different epochs to all who claim at once', async () => {
    const claims = await Promise.all(Array.from({ length: 50 }, (_, index) => fixture.claim(ANA, `n${index}`)));
    expect(new Set(claims.map(({ ownership }) => ownership.epoch)).size).toBe(50);
  });

  it('gives a greater epoch than one that a failover has lost', async () => {
    const lost = await fixture.claim(ANA);
    await setEpoch(0);
    // A failover takes longer than this.
    await expect.poll(redisTime, { interval: 1 }).toBeGreaterThan(lost.ownership.epoch);
    expect((await fixture.claim(ANA, 'n2')).ownership.epoch).toBeGreaterThan(lost.ownership.epoch);
  });

  it('gives a greater epoch than one from a clock that was ahead', async () => {
    const ahead = Date.now() + 86_400_000;
    await setEpoch(ahead);
    expect((await fixture.claim(ANA)).ownership.epoch).toBe(ahead + 1);
  });

  it('keeps every digit of an epoch up to the largest safe integer', async () => {
    await setEpoch(Number.MAX_SAFE_INTEGER - 1);
    expect((await fixture.claim(ANA)).ownership.epoch).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('is refused where epochs can no longer grow, rather than giving one twice', async () => {
    await setEpoch(Number.MAX_SAFE_INTEGER);
    await expect(fixture.claim(ANA)).rejects.toThrow();
  });

  it('finds no session where there is none', async () => {
    expect(await claim(options(), { userId: 'ana', id: 'other' }, 'n1')).toEqual({ kind: 'missing' });
    expect(await fixture.fields('ana/other')).toEqual({});
  });

  it('neither raises the rev nor emits', async () => {
    const [before, events] = [await fixture.find(ANA), await fixture.events()];
    await fixture.claim(ANA);
    expect((await fixture.find(ANA)).session.rev).toBe(before.session.rev);
    expect(await fixture.events()).toEqual(events);
  });
});

describe('Taking a session back', () => {
  it('keeps the epoch while it is still the newest', async () => {
    const { ownership } = await fixture.claim(ANA);
    const back = await claim(options(), ANA, 'n1', ownership.epoch);
    expect(back).toMatchObject({ kind: 'adopted', ownership: { epoch: ownership.epoch } });
  });

  it('is owned again after a release', async () => {
    const { ownership } = await fixture.claim(ANA);
    await ownership.release(1);
    await claim(options(), ANA, 'n1', ownership.epoch);
    expect((await fixture.find(ANA)).intent.owner).toBe('n1');
  });

  it.each([-1, 1])('is refused where the stored epoch differs by %i, and changes nothing', async (difference) => {
    const { ownership } = await fixture.claim(ANA);
    const before = await fixture.contents();
    expect(await claim(options(), ANA, 'n2', ownership.epoch + difference)).toEqual({ kind: 'superseded' });
    expect(await fixture.contents()).toEqual(before);
  });

  it('finds no session where there is none', async () => {
    expect(await claim(options(), { userId: 'ana', id: 'other' }, 'n1', 5)).toEqual({ kind: 'missing' });
  });
});

describe('A write of somebody who is not the newest owner', () => {
  const writes: Record<string, (ownership: Ownership) => Promise<unknown>> = {
    persist: (ownership) => ownership.persist(snapshot({ handledSeq: 1 })),
    tell: (ownership) => ownership.tell(NEWS),
    release: (ownership) => ownership.release(1),
    remove: (ownership) => ownership.remove(),
  };

  it.each(Object.keys(writes))('is refused after a newer claim, and changes nothing: %s', async (name) => {
    const { ownership } = await fixture.claim(ANA);
    await fixture.claim(ANA, 'n2');
    const before = await fixture.contents();
    await expect(writes[name]?.(ownership)).rejects.toThrow(FencedError);
    expect(await fixture.contents()).toEqual(before);
  });

  it.each(Object.keys(writes))(
    'is refused where the store has lost its epoch, and changes nothing: %s',
    async (name) => {
      const { ownership } = await fixture.claim(ANA);
      await setEpoch(ownership.epoch - 1);
      const before = await fixture.contents();
      await expect(writes[name]?.(ownership)).rejects.toThrow(FencedError);
      expect(await fixture.contents()).toEqual(before);
    },
  );

  it.each(Object.keys(writes))('is refused where the session is gone, and leaves nothing: %s', async (name) => {
    const gone = new Ownership(options(), { userId: 'ana', id: 'gone' }, 1);
    const before = await fixture.contents();
    await expect(writes[name]?.(gone)).rejects.toThrow(FencedError);
    expect(await fixture.contents()).toEqual(before);
  });

  it('is refused in the next life of a session that was deleted and made again', async () => {
    const { ownership } = await fixture.claim(ANA);
    await ownership.remove();
    await request(fixture.store(), ANA, 'create_and_start');
    await expect(ownership.persist(snapshot())).rejects.toThrow(FencedError);
  });
});

describe('A refused writer', () => {
  it('is told so by an error that is not to be retried', async () => {
    const { ownership } = await fixture.claim(ANA);
    await fixture.claim(ANA, 'n2');
    expect(await codeOf(ownership.persist(snapshot()))).toBe('FENCED');
    const error: unknown = await ownership.persist(snapshot()).catch((reason: unknown) => reason);
    expect(error instanceof SupervisorError && error.retry).toEqual({ kind: 'never' });
  });
});
