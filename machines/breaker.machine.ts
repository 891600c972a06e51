import { assign, emit, enqueueActions, setup } from 'xstate';

export interface BreakerLimits {
  /** Consecutive failed launches that open it. */
  readonly threshold: number;
  /** How long it stays open before one launch may try (ms). */
  readonly resetMs: number;
  /** Launches at once while all is well. */
  readonly maxConcurrentLaunches: number;
}

interface BreakerContext {
  readonly limits: BreakerLimits;
  /** Launches that failed in a row. */
  readonly failures: number;
  /** Launches allowed at once. */
  readonly width: number;
}

/**
 * The end of a launch. `up`: the page gave a first sign. `failed`: the browser was lost before that. `abandoned`: the
 * launch was withdrawn, which says nothing about the page. A missing scan is no failed launch.
 */
export type BreakerEvent = { type: 'launch.up' | 'launch.failed' | 'launch.abandoned' };

export type BreakerNews =
  | { type: 'launches.limited'; atMost: number }
  | { type: 'breaker.moved'; state: 'closed' | 'open' | 'half_open' | 'resuming' };

/**
 * One node's launches, all sessions together: when they fail in a row, WhatsApp has changed its page or the network is
 * down, and more launches would only cost memory. The breaker need not know which launch an event belongs to: one that
 * began before it opened says as much about the page as one that began later.
 */
export const breakerMachine = setup({
  types: {
    context: {} as BreakerContext,
    input: {} as { readonly limits: BreakerLimits },
    events: {} as BreakerEvent,
    emitted: {} as BreakerNews,
  },
  guards: {
    isLastStraw: ({ context }) => context.failures + 1 >= context.limits.threshold,
    isNearlyFull: ({ context }) => context.width * 2 >= context.limits.maxConcurrentLaunches,
  },
  delays: {
    reset: ({ context }) => context.limits.resetMs,
  },
  actions: {
    countFailure: assign({ failures: ({ context }) => context.failures + 1 }),
    forgetFailures: assign({ failures: 0 }),
    widen: enqueueActions(({ context, enqueue }) => {
      const width = Math.min(context.width * 2, context.limits.maxConcurrentLaunches);
      enqueue.assign({ width });
      enqueue.emit({ type: 'launches.limited', atMost: width });
    }),
    allowNone: enqueueActions(({ enqueue }) => {
      enqueue.assign({ width: 0 });
      enqueue.emit({ type: 'launches.limited', atMost: 0 });
    }),
    allowOne: enqueueActions(({ enqueue }) => {
      enqueue.assign({ width: 1 });
      enqueue.emit({ type: 'launches.limited', atMost: 1 });
    }),
    allowAll: enqueueActions(({ context, enqueue }) => {
      const width = context.limits.maxConcurrentLaunches;
      enqueue.assign({ width });
      enqueue.emit({ type: 'launches.limited', atMost: width });
    }),
    tell: emit((_, params: { state: 'closed' | 'open' | 'half_open' | 'resuming' }) => ({
      type: 'breaker.moved' as const,
      state: params.state,
    })),
  },
}).createMachine({
  id: 'breaker',
  description:
    'Holds every launch of a node back while launches fail in a row, lets one try, and resumes a few at a time.',
  context: ({ input }) => ({ limits: input.limits, failures: 0, width: input.limits.maxConcurrentLaunches }),
  initial: 'closed',
  on: {
    'launch.abandoned': { description: 'It says nothing about the page.' },
  },
  states: {
    closed: {
      description: 'Launches go on.',
      entry: [{ type: 'tell', params: { state: 'closed' } }, 'allowAll', 'forgetFailures'],
      on: {
        'launch.up': { description: 'The page comes up.', actions: 'forgetFailures' },
        'launch.failed': [
          {
            description: 'Too many in a row: it is not the fault of one session.',
            guard: 'isLastStraw',
            target: 'open',
          },
          { description: 'One session may have bad luck.', actions: 'countFailure' },
        ],
      },
    },
    open: {
      description: 'Nobody launches.',
      entry: [{ type: 'tell', params: { state: 'open' } }, 'allowNone'],
      after: { reset: { description: 'Time to see whether it has passed.', target: 'half_open' } },
      on: {
        'launch.up': {
          description: 'One that began before has come up after all: the page is back.',
          target: 'resuming',
        },
        'launch.failed': { description: 'One that began before: nothing new.' },
      },
    },
    half_open: {
      description: 'One session tries, as the canary of all.',
      entry: [{ type: 'tell', params: { state: 'half_open' } }, 'allowOne'],
      on: {
        'launch.up': { description: 'It came up: the others may follow.', target: 'resuming' },
        'launch.failed': { description: 'Not yet.', target: 'open' },
      },
    },
    resuming: {
      description:
        'Launches resume: one, then twice as many with each that comes up, so that those who waited do not come all at once.',
      entry: [{ type: 'tell', params: { state: 'resuming' } }, 'allowOne'],
      on: {
        'launch.up': [
          { description: 'That was the last step.', guard: 'isNearlyFull', target: 'closed' },
          { description: 'Twice as many.', actions: 'widen' },
        ],
        'launch.failed': { description: 'It has not passed after all.', target: 'open' },
      },
    },
  },
});
