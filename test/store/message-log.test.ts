import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { sessionKey } from '../../src/domain/session.ts';
import { MessageLog } from '../../src/store/message-log.ts';
import type { Ownership } from '../../src/store/ownership.ts';
import type { MessageRetention } from '../../src/store/scripts/append-to-message-log.ts';
import { ANA, request, RETENTION, StoreFixture } from './store-fixture.ts';

let fixture: StoreFixture;
let owner: Ownership;
beforeAll(async () => {
  fixture = await StoreFixture.open();
});
beforeEach(async () => {
  fixture.renew();
  await request(fixture.store(), ANA, 'create_and_start');
  owner = (await fixture.claim(ANA)).ownership;
});
afterAll(() => fixture.close());

const log = () =>
  new MessageLog({
    redis: fixture.redis,
    keys: fixture.keys,
    onError: (error) => {
      throw error;
    },
  });

/** Tells texts that need no opening; each once where `once` says so. */
async function tell(texts: readonly string[], retention: MessageRetention = RETENTION, once = false) {
  const entries = texts.map((text) => ({
    type: 'message.received',
    ref: 'r',
    plain: text,
    ...(once && { once: text }),
  }));
  return owner.tell({ entries, retention });
}

async function textsAfter(position: string) {
  const { events, forgotten } = await log().read(ANA, position, 1_000);
  return { texts: events.map(({ content }) => (content.kind === 'plain' ? content.json : '')), forgotten };
}

describe('The log of a session', () => {
  it('is read from any position on, in order', async () => {
    await tell(['one', 'two', 'three']);
    const { events } = await log().read(ANA, '0-0', 1);
    const [first] = events;
    expect(await textsAfter('0-0')).toEqual({ texts: ['one', 'two', 'three'], forgotten: false });
    expect(await textsAfter(first?.position ?? '')).toEqual({ texts: ['two', 'three'], forgotten: false });
    expect(await log().find(ANA, first?.position ?? '')).toEqual(first);
    expect(await textsAfter(await log().newest(ANA))).toEqual({ texts: [], forgotten: false });
  });

  it.each([
    ['by number', { ...RETENTION, count: 3 }],
    ['by bytes', { ...RETENTION, bytes: 3 * (64 + 'typemessage.receivedrefrplaintext-0'.length) }],
  ])('keeps the newest where there is too much %s, and says that some are gone', async (_name, retention) => {
    const texts = Array.from({ length: 10 }, (_, index) => `text-${index}`);
    await tell(texts, retention);
    expect(await textsAfter('0-0')).toEqual({ texts: ['text-7', 'text-8', 'text-9'], forgotten: true });
    const { events } = await log().read(ANA, '0-0', 1);
    expect((await textsAfter(events[0]?.position ?? '')).forgotten).toBe(false);
    const state = await fixture.redis.hgetall(fixture.keys.messageLogState(sessionKey(ANA)));
    expect(Number(state['bytes'])).toBeLessThanOrEqual(retention.bytes);
  });

  it('forgets what is too old with the next that comes, or as a whole where none does', async () => {
    await tell(['old'], { ...RETENTION, ms: 60 });
    const [before] = (await log().read(ANA, '0-0', 1)).events;
    await expect.poll(() => textsAfter('0-0')).toEqual({ texts: [], forgotten: true });
    // Whoever has had it misses nothing.
    expect((await textsAfter(before?.position ?? '')).forgotten).toBe(false);
    await tell(['new']);
    expect(await textsAfter(before?.position ?? '')).toEqual({ texts: ['new'], forgotten: false });
    expect(await textsAfter('0-0')).toEqual({ texts: ['new'], forgotten: true });
  });

  it('goes with the session, with all that was known of its messages', async () => {
    await tell(['one'], RETENTION, true);
    await fixture.redis.hset(fixture.keys.messageKeys(sessionKey(ANA)), 'k', 'v');
    await owner.remove();
    const left = await fixture.redis.keys(`${fixture.keys.prefix}:*`);
    expect(left.filter((name) => /msg|seen/.test(name))).toEqual([]);
  });
});

describe('What is told once', () => {
  it('is told once, by whichever owner, in whatever company', async () => {
    expect(await tell(['a', 'b'], RETENTION, true)).toEqual({ told: 2, duplicates: 0 });
    expect(await tell(['b', 'c', 'c'], RETENTION, true)).toEqual({ told: 1, duplicates: 2 });
    owner = (await fixture.claim(ANA, 'n2')).ownership;
    expect(await tell(['a', 'd'], RETENTION, true)).toEqual({ told: 1, duplicates: 1 });
    expect((await textsAfter('0-0')).texts).toEqual(['a', 'b', 'c', 'd']);
  });

  it('is no echo of what went out through us', async () => {
    await fixture.redis.hset(fixture.keys.waIds(sessionKey(ANA)), '3EB0', 'm_1');
    const echo = { type: 'message.echo', ref: 'r', plain: '{}' };
    const entries = [
      { ...echo, once: 'ours', ourWaId: '3EB0' },
      { ...echo, once: 'theirs', ourWaId: '3EB1' },
    ];
    expect(await owner.tell({ entries, retention: RETENTION })).toEqual({ told: 1, duplicates: 0 });
  });

  it('moves the watermark up, never down', async () => {
    for (const watermark of [1_000, 5_000, 3_000]) await owner.tell({ entries: [], retention: RETENTION, watermark });
    await owner.tell({ entries: [], retention: RETENTION, linkedAt: 7 });
    expect(await log().inboxState(ANA)).toEqual({ watermark: 5_000, linkedAt: 7 });
  });
});
