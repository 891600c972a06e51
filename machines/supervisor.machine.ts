import { assign, emit, enqueueActions, setup } from 'xstate';

/** Limits of one node; all times in milliseconds. */
export interface SupervisorLimits {
  readonly maxConcurrentLaunches: number;
  readonly restoreTimeoutMs: number;
  readonly shutdownTimeoutMs: number;
  readonly restartBaseMs: number;
  readonly restartMaxMs: number;
  /** Restarts allowed within the period, of one session. */
  readonly restartIntensity: number;
  readonly restartPeriodMs: number;
}

export interface SupervisorInput {
  readonly limits: SupervisorLimits;
  /**
   * Sessions to bring back, the most recently active first. Nobody launches until they are all here, so that this order
   * holds.
   */
  readonly restoring: readonly string[];
}

export interface Waiting {
  readonly key: string;
  readonly user: string;
}

interface SupervisorContext {
  readonly limits: SupervisorLimits;
  /** The order in which the first launches are granted. Sessions that are not in it come last. */
  readonly order: readonly string[];
  /** Sessions of `order` that have not asked for a launch yet. */
  readonly awaited: readonly string[];
  /** Launches allowed at once at present; 0 while nobody may launch. */
  readonly atMost: number;
  /** Sessions that run here. */
  readonly sessions: readonly string[];
  /** Sessions that wait for a launch slot, first come first. */
  readonly waiting: readonly Waiting[];
  /** Users who had a turn since the queue was last empty, the longest ago first. */
  readonly served: readonly string[];
  /** Sessions whose browser is coming up. */
  readonly launching: readonly string[];
  /** When each session was restarted, within the period. */
  readonly restarts: Readonly<Record<string, readonly number[]>>;
}

export type SupervisorEvent =
  | { type: 'session.claimed' | 'session.released' | 'launch.withdrawn' | 'launch.settled'; key: string }
  | { type: 'launch.requested'; key: string; user: string }
  | { type: 'launches.limited'; atMost: number }
  /** `outageAfter`: only the network or WhatsApp was away, which nobody counts; after so many restarts already. */
  | { type: 'session.failed'; key: string; at: number; outageAfter?: number }
  | { type: 'node.drain' };

/** Decisions of the supervisor about its sessions. */
export type SupervisorVerdict =
  | { type: 'launch.granted' | 'session.park'; key: string }
  | { type: 'session.restart'; key: string; delayMs: number }
  | { type: 'sessions.drain' };

const without = (keys: readonly string[], key: string) => keys.filter((other) => other !== key);
const withoutWaiting = (waiting: readonly Waiting[], key: string) => waiting.filter((one) => one.key !== key);

/**
 * The waiting sessions, in the order in which they would launch: first the restored ones in their order, then one of
 * each user in turn, the oldest first.
 */
export function launchOrder({
  order,
  waiting,
  served,
}: Pick<SupervisorContext, 'order' | 'waiting' | 'served'>): readonly Waiting[] {
  const places = new Map(order.map((key, place) => [key, place]));
  const turns = new Map(served.map((user, turn) => [user, turn]));
  const rounds = new Map<string, number>();
  const placed = waiting.map((one) => {
    const place = places.get(one.key);
    if (place !== undefined) return { one, rank: [0, place, 0] as const };
    const round = rounds.get(one.user) ?? 0;
    rounds.set(one.user, round + 1);
    return { one, rank: [1, round, turns.get(one.user) ?? -1] as const };
  });
  // The sort is stable: among equals the first come stays first.
  return placed.toSorted(({ rank: a }, { rank: b }) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]).map(({ one }) => one);
}

/** Restarts of a session that still count. */
function recentRestarts({ restarts, limits }: SupervisorContext, key: string, at: number): readonly number[] {
  return (restarts[key] ?? []).filter((earlier) => earlier > at - limits.restartPeriodMs);
}

/** One node's pool: admits launches, restarts sessions, and drains. */
export const supervisorMachine = setup({
  types: {
    context: {} as SupervisorContext,
    input: {} as SupervisorInput,
    events: {} as SupervisorEvent,
    emitted: {} as SupervisorVerdict,
  },
  guards: {
    isFree: ({ context }) =>
      context.waiting.length > 0 &&
      context.launching.length < Math.min(context.atMost, context.limits.maxConcurrentLaunches),
    isOurs: ({ context, event }) => 'key' in event && context.sessions.includes(event.key),
    isEmpty: ({ context }) => context.sessions.length === 0,
    areAllHere: ({ context }) => context.awaited.length === 0,
    isOutage: ({ event }) => event.type === 'session.failed' && event.outageAfter !== undefined,
    isWithinIntensity: ({ context, event }) => {
      if (event.type !== 'session.failed') return false;
      return recentRestarts(context, event.key, event.at).length < context.limits.restartIntensity;
    },
  },
  delays: {
    restoreTimeout: ({ context }) => context.limits.restoreTimeoutMs,
    shutdownTimeout: ({ context }) => context.limits.shutdownTimeoutMs,
  },
  actions: {
    admit: assign({
      sessions: ({ context, event }) =>
        'key' in event ? [...without(context.sessions, event.key), event.key] : context.sessions,
    }),
    forget: assign(({ context, event }) => {
      if (!('key' in event)) return {};
      return {
        sessions: without(context.sessions, event.key),
        order: without(context.order, event.key),
        awaited: without(context.awaited, event.key),
        waiting: withoutWaiting(context.waiting, event.key),
        launching: without(context.launching, event.key),
      };
    }),
    /** A session that asks again has ended its last launch, reported or not: one session never holds two slots. */
    enqueueLaunch: assign(({ context, event }) => {
      if (event.type !== 'launch.requested') return {};
      const { key, user } = event;
      return {
        waiting: [...withoutWaiting(context.waiting, key), { key, user }],
        launching: without(context.launching, event.key),
        awaited: without(context.awaited, event.key),
      };
    }),
    withdrawLaunch: assign({
      waiting: ({ context, event }) => ('key' in event ? withoutWaiting(context.waiting, event.key) : context.waiting),
    }),
    settleLaunch: assign({
      launching: ({ context, event }) => ('key' in event ? without(context.launching, event.key) : context.launching),
    }),
    grantLaunch: enqueueActions(({ context, enqueue }) => {
      const [next] = launchOrder(context);
      if (next === undefined) return;
      const { key, user } = next;
      const waiting = withoutWaiting(context.waiting, key);
      enqueue.assign({
        waiting,
        // Forgotten only when nobody waits: else a user whose queue empties between two requests would always go first.
        served: waiting.length === 0 ? [user] : [...without(context.served, user), user],
        launching: [...context.launching, key],
        order: without(context.order, key),
      });
      enqueue.emit({ type: 'launch.granted', key });
    }),
    restartSession: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'session.failed') return;
      const { restartBaseMs, restartMaxMs, restartPeriodMs } = context.limits;
      const recent = recentRestarts(context, event.key, event.at);
      // Restarts are kept when a session is released, or one whose runner fails would never use them up. Only those
      // past the period are dropped.
      const others = Object.entries(context.restarts).filter(
        ([key, times]) => key !== event.key && times.some((at) => at > event.at - restartPeriodMs),
      );
      enqueue.assign({ restarts: { ...Object.fromEntries(others), [event.key]: [...recent, event.at] } });
      enqueue.emit({
        type: 'session.restart',
        key: event.key,
        delayMs: Math.min(restartMaxMs, restartBaseMs * 2 ** recent.length),
      });
    }),
    retryLater: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'session.failed') return;
      const { restartBaseMs, restartMaxMs } = context.limits;
      const delayMs = Math.min(restartMaxMs, restartBaseMs * 2 ** (event.outageAfter ?? 0));
      enqueue.emit({ type: 'session.restart', key: event.key, delayMs });
    }),
    /** Forgets its restarts: the person who starts it again gives it all of them back. */
    parkSession: enqueueActions(({ context, event, enqueue }) => {
      if (!('key' in event)) return;
      const { [event.key]: _, ...restarts } = context.restarts;
      enqueue.assign({ restarts });
      enqueue.emit({ type: 'session.park', key: event.key });
    }),
    limitLaunches: assign({
      atMost: ({ context, event }) => (event.type === 'launches.limited' ? event.atMost : context.atMost),
    }),
    drainSessions: emit({ type: 'sessions.drain' }),
  },
}).createMachine({
  id: 'supervisor',
  description: 'One node: admits launches in order, restarts what failed, stops what thrashes, drains on request.',
  context: ({ input }) => ({
    limits: input.limits,
    order: input.restoring,
    awaited: input.restoring,
    sessions: [],
    atMost: input.limits.maxConcurrentLaunches,
    waiting: [],
    served: [],
    launching: [],
    restarts: {},
  }),
  initial: 'restoring',
  on: {
    'session.claimed': { description: 'This node owns one more session.', actions: 'admit' },
    'session.released': { description: 'It let go of one.', actions: 'forget' },
    'launch.requested': {
      description: 'A session of ours wants to launch a browser.',
      guard: 'isOurs',
      actions: 'enqueueLaunch',
    },
    'launch.withdrawn': { description: 'It no longer wants to.', actions: 'withdrawLaunch' },
    'launch.settled': { description: 'Its browser is up, or gone: the slot is free.', actions: 'settleLaunch' },
    'launches.limited': {
      description: 'Launches fail, or resources are short: fewer at once, or none.',
      actions: 'limitLaunches',
    },
    'session.failed': [
      {
        description: 'An outage says nothing against it: once more, for ever, and outside the intensity.',
        guard: 'isOutage',
        actions: 'retryLater',
      },
      {
        description: 'Within the intensity: once more, with a longer wait each time.',
        guard: 'isWithinIntensity',
        actions: 'restartSession',
      },
      { description: 'It thrashes: stop it.', actions: 'parkSession' },
    ],
  },
  states: {
    restoring: {
      description:
        'Sessions of an earlier run come back. Nobody launches before they are here, so that the last active ones go first.',
      always: { description: 'Everybody is here.', guard: 'areAllHere', target: 'running' },
      after: {
        restoreTimeout: { description: 'Do not wait for those that another node has taken.', target: 'running' },
      },
      on: { 'node.drain': { description: 'It is told to stop before it has begun.', target: 'draining' } },
    },
    running: {
      description: 'Launches are granted as slots come free.',
      always: { description: 'A slot is free and somebody waits.', guard: 'isFree', actions: 'grantLaunch' },
      on: { 'node.drain': { description: 'Shut down in order.', target: 'draining' } },
    },
    draining: {
      description: 'No more launches; every session gives its browser back.',
      entry: 'drainSessions',
      always: { description: 'Nobody is left.', guard: 'isEmpty', target: 'drained' },
      after: { shutdownTimeout: { description: 'The rest is killed.', target: 'drained' } },
      on: {
        'session.claimed': {
          description: 'It came too late to hear of the drain: say it again.',
          actions: ['admit', 'drainSessions'],
        },
      },
    },
    drained: { description: 'Nothing runs here any more.', type: 'final' },
  },
});
