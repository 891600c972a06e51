import { afterEach, describe, expect, it } from 'vitest';

import type { Clock } from '../../src/domain/clock.ts';
import { FencedError, StoreUnavailableError } from '../../src/domain/errors.ts';
import type { PageItem, PageMessage } from '../../src/domain/message.ts';
import { Inbox } from '../../src/messaging/inbox.ts';
import type { Incoming } from '../../src/messaging/incoming-items.ts';
import type { LinkedDevice } from '../../src/whatsapp/device.ts';
import { ItemRing } from '../../src/whatsapp/item-ring.ts';

const BEGIN = Date.UTC(2026, 11, 1);
const MINUTE = 60_000;

/** Stands still unless it is turned. */
class StandingClock implements Clock {
  readonly #timers = new Set<{ readonly at: number; readonly call: () => void }>();
  #now = BEGIN;

  now(): number {
    return this.#now;
  }

  setTimeout(call: () => void, ms: number): unknown {
    const timer = { at: this.#now + ms, call };
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    for (const one of this.#timers) if (one === timer) this.#timers.delete(one);
  }

  get pending(): number {
    return this.#timers.size;
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const timer of this.#timers) {
      if (timer.at > this.#now || !this.#timers.delete(timer)) continue;
      timer.call();
    }
  }
}

/** A page that the test fills, and a store that counts what it is told. */
class Given {
  readonly clock = new StandingClock();
  readonly told: Incoming[] = [];
  readonly acks: string[] = [];
  readonly seen = new Set<string>();
  ring = new ItemRing(50);
  list: PageMessage[] = [];
  state: { watermark: number | null; linkedAt: number | null } = { watermark: null, linkedAt: BEGIN - MINUTE };
  /** Errors that the next calls of the store end with. */
  readonly outages: Error[] = [];
  /** Whether the page answers. */
  isSilent = false;
  readonly counted = { backfilled: 0, duplicates: 0 };
  isFenced = false;
  largestPull = 0;
  readonly inbox = new Inbox({
    clock: this.clock,
    readState: async () => this.state,
    noteLink: async (linkedAt) => void (this.state = { ...this.state, linkedAt }),
    tell: async (incoming, watermark) => {
      const outage = this.outages.shift();
      if (outage !== undefined) throw outage;
      this.state = { ...this.state, watermark: Math.max(this.state.watermark ?? 0, watermark) };
      const news = incoming.filter(({ once }) => !this.seen.has(once) && this.seen.add(once));
      this.told.push(...news);
      return { told: news.length, duplicates: incoming.length - news.length };
    },
    takeAcks: async (acks) => void this.acks.push(...acks.map(({ waId, ack }) => `${waId} ${ack}`)),
    onTaken: async () => undefined,
    counts: {
      backfilled: (count) => (this.counted.backfilled += count),
      duplicates: (count) => (this.counted.duplicates += count),
    },
    onActivity: () => undefined,
    onFenced: () => (this.isFenced = true),
    onError: () => undefined,
  });

  /** A page of its own, whose ring is empty. */
  ready(number = 1): void {
    const call = async (name: string, request: never): Promise<unknown> => {
      if (this.isSilent) throw new Error('the page is silent');
      if (name === 'pull') {
        const pulled = this.ring.pull(request);
        this.largestPull = Math.max(this.largestPull, pulled.items.length);
        return pulled;
      }
      const { since, limit } = request as { since: number; limit: number };
      const items = this.list.filter(({ timestamp }) => Date.parse(timestamp) >= since).slice(0, limit);
      return { kind: 'listed', items };
    };
    // Only these two calls are made.
    this.inbox.onReady({ number, device: { call } as unknown as Pick<LinkedDevice, 'call'> });
  }

  hear(item: PageItem): void {
    this.ring.add(item);
    if (item.kind === 'message') this.list.push(item.message);
    this.inbox.ring();
  }

  get bodies(): string[] {
    return this.told.map(({ data }) => ('message' in data && 'body' in data.message ? data.message.body : '?'));
  }

  get backfilled(): boolean[] {
    return this.told.map(({ data }) => 'message' in data && 'backfilled' in data.message && data.message.backfilled);
  }
}

function message(body: string, at = BEGIN, over: Partial<PageMessage> = {}): PageMessage {
  const from = '5215550002222@c.us';
  return {
    id: `false_${from}_${body}`,
    waId: body,
    chatId: from,
    from,
    to: '5215550001111@c.us',
    fromMe: false,
    type: 'text',
    body,
    timestamp: new Date(at).toISOString(),
    sender: { id: from, lid: null, phoneNumber: '5215550002222' },
    ...over,
  };
}
const heard = (body: string, at?: number): PageItem => ({ kind: 'message', message: message(body, at) });

let given = new Given();
afterEach(() => {
  given.inbox.end();
  given = new Given();
});

describe('What comes in while the session is ready', () => {
  it('is told in order, each once, and told as it came', async () => {
    given.ready();
    for (const body of ['a', 'b', 'c', 'b']) given.hear(heard(body));
    await expect.poll(() => given.bodies).toEqual(['a', 'b', 'c']);
    await expect.poll(() => given.counted.duplicates).toBeGreaterThan(0);
    given.hear(heard('d', given.clock.now()));
    await expect.poll(() => given.bodies).toEqual(['a', 'b', 'c', 'd']);
    expect(given.backfilled.at(-1)).toBe(false);
  });

  it('tells edits, revocations, reactions, echoes, calls and restrictions by their names, and passes acks on', async () => {
    given.ready();
    const at = new Date(BEGIN).toISOString();
    const place = { id: 'i', waId: 'w', chatId: 'c' };
    const items: PageItem[] = [
      { kind: 'message', message: message('echo', BEGIN, { fromMe: true }) },
      { kind: 'edited', ...place, text: 'x', at },
      { kind: 'revoked', ...place, by: 'y', at },
      { kind: 'reaction', ...place, from: 'f', emoji: '👍', at },
      { kind: 'reaction', ...place, from: 'f', emoji: '', at },
      { kind: 'call', id: 'k', from: 'f', isVideo: false, isGroup: false, at },
      { kind: 'ack', waId: 'w', ack: 2 },
      { kind: 'restricted', until: at, why: 'too many' },
      { kind: 'unreadable', why: 'a new type' },
    ];
    for (const item of items) given.hear(item);
    await expect
      .poll(() => given.told.map(({ type }) => type))
      .toEqual([
        'message.echo',
        'message.edited',
        'message.revoked',
        'message.reaction',
        'message.reaction',
        'call.received',
        'session.restricted',
      ]);
    expect(given.told[0]?.ourWaId).toBe('echo');
    expect(given.acks).toEqual(['w 2']);
  });

  it('waits in the page while the store is away, and is lost no more than told twice', async () => {
    given.ready();
    for (let count = 0; count < 3; count += 1) given.outages.push(new StoreUnavailableError('away'));
    for (const body of ['a', 'b']) given.hear(heard(body));
    await expect.poll(() => given.bodies, { timeout: 10_000 }).toEqual(['a', 'b']);
  });

  it('is pulled in pieces, and what the page could not hold is found in its list', async () => {
    for (let index = 0; index < 3_000; index += 1) given.hear(heard(String(index), BEGIN + index * 10));
    given.ready();
    given.clock.advance(MINUTE);
    await expect.poll(() => given.told.length, { timeout: 10_000 }).toBe(3_000);
    const wanted = Array.from({ length: 3_000 }, (_, index) => String(index));
    expect(given.bodies.join()).toBe(wanted.join());
    expect(given.largestPull).toBeLessThanOrEqual(100);
  });

  it('ends with the ownership: nothing is confirmed that was not told', async () => {
    given.ready();
    given.outages.push(new FencedError('ana/sales', 1));
    given.hear(heard('a'));
    await expect.poll(() => given.isFenced).toBe(true);
    expect(given.ring.pull({ confirm: null, limit: 10 }).items).toHaveLength(1);
  });

  it('is asked for again where the page did not answer, and where its bell was lost', async () => {
    given.ready();
    given.isSilent = true;
    given.hear(heard('a'));
    await expect.poll(() => given.clock.pending).toBeGreaterThan(0);
    given.isSilent = false;
    given.clock.advance(15_000);
    await expect.poll(() => given.bodies).toEqual(['a']);
    await expect.poll(() => given.clock.pending).toBeGreaterThan(0);
    given.ring.add(heard('b'));
    given.clock.advance(15_000);
    await expect.poll(() => given.bodies).toEqual(['a', 'b']);
  });
});

describe('What came while the session was not ready', () => {
  it('is told at the next ready, oldest first and marked, and once over all readys', async () => {
    given.state = { watermark: BEGIN - MINUTE, linkedAt: BEGIN - 60 * MINUTE };
    given.list = [message('old', BEGIN - 10 * MINUTE), message('a', BEGIN - 900), message('b', BEGIN - 800)];
    given.ring.add(heard('b', BEGIN - 800));
    given.ready();
    await expect.poll(() => given.bodies).toEqual(['a', 'b']);
    expect(given.backfilled).toEqual([true, true]);
    expect(given.counted.backfilled).toBe(2);
    given.ring = new ItemRing();
    given.ready(2);
    given.hear(heard('c', given.clock.now()));
    await expect.poll(() => given.bodies).toEqual(['a', 'b', 'c']);
    expect(given.backfilled.at(-1)).toBe(false);
  });

  it('is found although it is up to five minutes older than the newest that was told', async () => {
    given.state = { watermark: BEGIN, linkedAt: BEGIN - 60 * MINUTE };
    given.list = [message('too old', BEGIN - 6 * MINUTE), message('late', BEGIN - 4 * MINUTE)];
    given.ready();
    await expect.poll(() => given.bodies).toEqual(['late']);
  });

  it('is not told where it is from before the link', async () => {
    given.state = { watermark: null, linkedAt: null };
    given.list = [message('history', BEGIN - 1_000), message('first', BEGIN + 2_000)];
    given.inbox.onScanned();
    given.clock.advance(5_000);
    given.ready();
    given.ring.add(heard('synced', BEGIN - 5_000));
    given.inbox.ring();
    await expect.poll(() => given.bodies).toEqual(['first']);
    expect(given.state.linkedAt).toBe(BEGIN);
  });

  it('begins with the first ready where no scan was seen', async () => {
    given.state = { watermark: null, linkedAt: null };
    given.list = [message('history', BEGIN - 1_000)];
    given.ready();
    given.hear(heard('a'));
    await expect.poll(() => given.bodies).toEqual(['a']);
    expect(given.state.linkedAt).toBe(BEGIN);
  });

  it('is a thousand at most, the oldest first', async () => {
    given.state = { watermark: BEGIN - 60 * MINUTE, linkedAt: BEGIN - 90 * MINUTE };
    given.list = Array.from({ length: 1_500 }, (_, index) => message(String(index), BEGIN - 30 * MINUTE + index));
    given.ready();
    given.hear(heard('new', BEGIN));
    await expect.poll(() => given.bodies.at(-1)).toBe('new');
    expect(given.bodies).toHaveLength(1_001);
    expect(given.bodies[999]).toBe('999');
  });
});
