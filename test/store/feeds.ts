import type { Redis } from 'ioredis';

import type { FeedEvent } from '../../src/domain/events.ts';
import { connectRedis, type RedisAddress } from '../../src/store/connection.ts';
import { EventFeed } from '../../src/store/event-feed.ts';
import type { StoreFixture } from './store-fixture.ts';

/** A feed under test, its events so far, and its connection, which a test may cut. */
export interface FollowedFeed {
  readonly feed: EventFeed;
  readonly blocking: Redis;
  readonly heard: FeedEvent[];
  readonly errors: unknown[];
}

interface FeedTuning {
  /** How many events it keeps in memory. */
  readonly recent?: number;
  readonly blockMs?: number;
  /** The address that it follows, where that is not the fixture's Redis itself. */
  readonly address?: RedisAddress;
}

/** Feeds of one test, stopped together. */
export class Feeds {
  readonly #fixture: () => StoreFixture;
  readonly #open: FollowedFeed[] = [];

  constructor(fixture: () => StoreFixture) {
    this.#fixture = fixture;
  }

  /** A feed that does not follow yet. */
  make({ address, ...tuning }: FeedTuning = {}): FollowedFeed {
    const { redis, keys, server } = this.#fixture();
    const errors: unknown[] = [];
    const blocking = connectRedis(address ?? server.address, 'blocking', () => undefined);
    const feed = new EventFeed({ redis, keys, blocking, onError: (error: unknown) => errors.push(error), ...tuning });
    const followed: FollowedFeed = { feed, blocking, heard: [], errors };
    feed.listen((event) => followed.heard.push(event));
    this.#open.push(followed);
    return followed;
  }

  async start(tuning?: FeedTuning): Promise<FollowedFeed> {
    const followed = this.make(tuning);
    await followed.feed.start();
    return followed;
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.#open.splice(0).map(({ feed }) => feed.stop()));
  }
}

/** Writes `count` messages that are numbered from `from`, one after the other. */
export async function write(fixture: StoreFixture, count: number, from = 0): Promise<void> {
  for (let number = from; number < from + count; number += 1) await writeOne(fixture, number);
}

export async function writeOne(fixture: StoreFixture, number: number): Promise<void> {
  await fixture.redis.xadd(fixture.keys.events, '*', ...messageEntry(number));
}

function messageEntry(number: number): string[] {
  return ['type', 'message.received', 'userId', 'ana', 'id', 'sales', 'log', `${number}-1`];
}

/** The numbers of the messages among these events. */
export function numbersOf(events: readonly FeedEvent[]): number[] {
  return events.flatMap((event) => (event.type === 'message.received' ? [Number.parseInt(event.logPosition, 10)] : []));
}

export const numbersUpTo = (count: number) => Array.from({ length: count }, (_, number) => number);

/** All that is kept after a position, or that something is not. */
export type Replay = { readonly kind: 'events'; readonly events: readonly FeedEvent[] } | { readonly kind: 'gap' };

/** A whole replay of one user's events, or (`null`) of everybody's. */
export async function replayOf(feed: EventFeed, position: string, userId: string | null = null): Promise<Replay> {
  const events: FeedEvent[] = [];
  for await (const piece of feed.replay(position, userId)) {
    if (piece.kind === 'gap') return piece;
    events.push(...piece.events);
  }
  return { kind: 'events', events };
}
