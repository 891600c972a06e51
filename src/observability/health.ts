import { z } from '@hono/zod-openapi';

import { BREAKER_STATES, PRESSURES } from '../domain/node-states.ts';
import { SESSION_STATES } from '../domain/session.ts';

const milliseconds = z.number().nonnegative();
const bytes = z.number().nonnegative();
const count = z.int().nonnegative();

export const redisHealth = z.object({
  status: z.enum(['up', 'down']),
  latencyMs: milliseconds.nullable(),
  policy: z.string().nullable().optional().openapi({
    description: 'What it does where it has no room: anything but `noeviction` makes sessions vanish.',
  }),
});
/** `simulated`: the driver needs none. */
export const browserHealth = z.object({
  status: z.enum(['found', 'missing', 'simulated']),
  version: z.string().nullable(),
});
export const sessionsHealth = z.record(z.enum(SESSION_STATES), count);
export const memoryHealth = z.object({ rssBytes: bytes, heapUsedBytes: bytes, freeBytes: bytes, totalBytes: bytes });
/** `usage`: share of one core used since the last look, 1 is a whole one. */
export const cpuHealth = z.object({ cores: count, usage: z.number().nonnegative(), load1m: z.number().nonnegative() });
export const eventLoopHealth = z.object({ meanMs: milliseconds, p99Ms: milliseconds, maxMs: milliseconds });
/** Sessions that wait for capacity, that run, and how many this node takes at once. */
export const queueHealth = z.object({
  waiting: count,
  active: count,
  capacity: count,
  heldBy: z
    .enum(['no_node'])
    .nullable()
    .default(null)
    .openapi({ description: '`no_node`: no worker of the fleet lives, so nobody takes what waits.' }),
});
/** Browsers of this node that are coming up, and sessions that wait for a slot to launch one. */
export const launchesHealth = z.object({ waiting: count, inFlight: count });
export const breakerStates = z.enum(BREAKER_STATES).openapi({
  description:
    '`closed`: launches go on. `open`: none, after too many have failed in a row. `half_open`: one tries. `resuming`: a few, then more.',
});
export const breakerHealth = z.object({ state: breakerStates });
export const pressureLevels = z
  .enum(PRESSURES)
  .openapi({ description: '`high`: memory or processor are short, so nothing new is launched.' });
export const pressureHealth = z.object({ level: pressureLevels });

/** The place of the live profiles. `none`: no sessions run in this process. */
export const profilesHealth = z.discriminatedUnion('status', [
  z.object({ status: z.literal('none') }),
  z.object({
    status: z.enum(['ok', 'short']),
    isInMemory: z.boolean(),
    totalBytes: bytes,
    freeBytes: bytes,
    usedBytes: bytes.openapi({ description: 'What all profiles take, a minute ago at most.' }),
    notStoring: count.openapi({ description: 'Sessions whose pages store nothing there.' }),
  }),
]);

/** What the pages of this node's ready sessions can be used for: how many of them. */
export const pagesHealth = z
  .object({ ready: count, receive: count, send: count, media: count, chats: count })
  .openapi({ description: 'Fewer than `ready`: WhatsApp changed its page, and what needs it there waits.' });

export type RedisHealth = z.infer<typeof redisHealth>;
export type BrowserHealth = z.infer<typeof browserHealth>;
export type SessionsHealth = z.infer<typeof sessionsHealth>;
export type MemoryHealth = z.infer<typeof memoryHealth>;
export type CpuHealth = z.infer<typeof cpuHealth>;
export type EventLoopHealth = z.infer<typeof eventLoopHealth>;
export type QueueHealth = z.infer<typeof queueHealth>;
export type LaunchesHealth = z.infer<typeof launchesHealth>;
export type BreakerHealth = z.infer<typeof breakerHealth>;
export type PressureHealth = z.infer<typeof pressureHealth>;
export type PagesHealth = z.infer<typeof pagesHealth>;
export type ProfilesHealth = z.infer<typeof profilesHealth>;

type Awaitable<T> = T | Promise<T>;

/**
 * How the parts are. Each is asked with a deadline of its own; one that throws or does not answer in time is shown as
 * `null` and hurts no other.
 */
export interface HealthProbes {
  /** Whether the process can still do its work at all; `false` asks for it to be restarted. */
  alive(): boolean;
  redis(): Awaitable<RedisHealth>;
  browser(): Awaitable<BrowserHealth>;
  /** Sessions of this node by state. */
  sessions(): Awaitable<SessionsHealth>;
  memory(): Awaitable<MemoryHealth>;
  cpu(): Awaitable<CpuHealth>;
  eventLoop(): Awaitable<EventLoopHealth>;
  queue(): Awaitable<QueueHealth>;
  launches(): Awaitable<LaunchesHealth>;
  breaker(): Awaitable<BreakerHealth>;
  pressure(): Awaitable<PressureHealth>;
  profiles(): Awaitable<ProfilesHealth>;
  pages(): Awaitable<PagesHealth>;
  /** Such as `{service, node, browser, redis, 'whatsapp-web.js'}`. */
  versions(): Readonly<Record<string, string>>;
}
