import { assign, setup } from 'xstate';

/** Why a queued message does not go out yet. */
export type MessageHold = 'session' | 'pacing' | 'schedule' | 'chat' | 'restriction' | 'page';

export interface MessageInput {
  /** What to do where it cannot be told whether it went out: wait for a person, or hand it over again under its own id. */
  readonly onUnknown: 'hold' | 'resend';
}

interface MessageContext extends MessageInput {
  readonly heldBy: MessageHold | null;
  /** WhatsApp's acknowledgement: 0 in the page's list, 1 its server has it, 2 delivered, 3 read, 4 played. */
  readonly ack: number | null;
  /** Hand-overs that were begun. */
  readonly attempts: number;
  /** It was handed over once more under its own id, for want of an acknowledgement. */
  readonly repeated: boolean;
  /** Why it failed, expired or cannot be told. */
  readonly error: string | null;
}

export type MessageEvent =
  | { type: 'message.held'; by: MessageHold | null }
  | { type: 'message.cancel' | 'message.expire' | 'message.account_changed' }
  /** `resend`: under the same id. */
  | { type: 'message.resolve'; as: 'sent' | 'failed' | 'resend' }
  | { type: 'send.began' | 'send.deferred' | 'send.lost' }
  | { type: 'send.accepted'; ack: number }
  | { type: 'send.refused'; code: string }
  | { type: 'ack.received'; ack: number }
  | { type: 'ack.overdue' }
  | { type: 'lookup.found'; ack: number }
  /** `certain`: the page that was asked is the one that it was handed to. */
  | { type: 'lookup.missing'; certain: boolean };

const ackOf = (event: MessageEvent): number => ('ack' in event ? event.ack : Number.NaN);

/**
 * One outgoing message: under an id that was written down before the hand-over, so that it is never sent twice, and
 * never called sent when that is not known. Acknowledgements are the truth, whatever was believed before.
 */
export const messageMachine = setup({
  types: {
    context: {} as MessageContext,
    input: {} as MessageInput,
    events: {} as MessageEvent,
  },
  guards: {
    isRefusal: ({ event }) => ackOf(event) < 0,
    isOld: ({ context, event }) => ackOf(event) <= (context.ack ?? -1),
    isPending: ({ event }) => ackOf(event) === 0,
    isTaken: ({ event }) => ackOf(event) === 1,
    isDelivered: ({ event }) => ackOf(event) === 2,
    isRead: ({ event }) => ackOf(event) > 2,
    wasRepeated: ({ context }) => context.repeated,
    isCertain: ({ event }) => event.type === 'lookup.missing' && event.certain,
    mayResend: ({ context }) => context.onUnknown === 'resend',
    isResolvedAsSent: ({ event }) => event.type === 'message.resolve' && event.as === 'sent',
    isResolvedAsFailed: ({ event }) => event.type === 'message.resolve' && event.as === 'failed',
  },
  actions: {
    hold: assign({ heldBy: ({ event, context }) => (event.type === 'message.held' ? event.by : context.heldBy) }),
    release: assign({ heldBy: null }),
    countAttempt: assign({ attempts: ({ context }) => context.attempts + 1 }),
    noteRepetition: assign({ repeated: true }),
    forgetRepetition: assign({ repeated: false }),
    noteAck: assign({ ack: ({ context, event }) => Math.max(context.ack ?? -1, ackOf(event)) }),
    noteError: assign({ error: (_, params: { code: string }) => params.code }),
    noteRefusal: assign({ error: ({ event }) => (event.type === 'send.refused' ? event.code : 'REFUSED') }),
    forgetError: assign({ error: null }),
  },
}).createMachine({
  id: 'message',
  description: 'An outgoing message from its acceptance until it is read, or known not to go out.',
  context: ({ input }) => ({ ...input, heldBy: null, ack: null, attempts: 0, repeated: false, error: null }),
  initial: 'queued',
  on: {
    'ack.received': [
      { description: 'It tells nothing new: acknowledgements come out of order.', guard: 'isOld' },
      { description: 'Somebody has read it.', guard: 'isRead', target: '.read', actions: 'noteAck' },
      { description: 'A phone has it.', guard: 'isDelivered', target: '.delivered', actions: 'noteAck' },
      { description: 'WhatsApp’s server has it.', guard: 'isTaken', target: '.sent', actions: 'noteAck' },
      { description: 'It lies in the page’s list.', guard: 'isPending', actions: 'noteAck' },
    ],
  },
  states: {
    queued: {
      description: 'Waits for its turn; `heldBy` says for what.',
      exit: 'release',
      on: {
        'message.held': { description: 'What it waits for has changed.', actions: 'hold' },
        'message.cancel': { description: 'It is not wanted any more.', target: 'cancelled' },
        'message.expire': {
          description: 'Too late to go out.',
          target: 'expired',
          actions: { type: 'noteError', params: { code: 'EXPIRED' } },
        },
        'message.account_changed': {
          description: 'Another phone was linked: from its number nothing of this goes out.',
          target: 'failed',
          actions: { type: 'noteError', params: { code: 'ACCOUNT_CHANGED' } },
        },
        'send.refused': {
          description: 'Nobody there to send it to, or nothing fit to be sent.',
          target: 'failed',
          actions: 'noteRefusal',
        },
        'send.began': { description: 'Its turn, and written down.', target: 'sending', actions: 'countAttempt' },
      },
    },
    sending: {
      description: 'Handed over, or about to be, under its id.',
      initial: 'handing_over',
      on: {
        'ack.received': {
          description: 'WhatsApp’s server refuses it.',
          guard: 'isRefusal',
          target: 'failed',
          actions: 'noteRefusal',
        },
        'send.refused': { description: 'The page surely did not take it.', target: 'failed', actions: 'noteRefusal' },
        'send.deferred': { description: 'The page surely did not take it, and may later.', target: 'queued' },
        'send.lost': {
          description: 'No answer: nobody knows whether it went out, or was handed over once more.',
          target: 'unknown',
          actions: 'forgetRepetition',
        },
        'lookup.found': [
          { description: 'Somebody has read it.', guard: 'isRead', target: 'read', actions: 'noteAck' },
          { description: 'A phone has it.', guard: 'isDelivered', target: 'delivered', actions: 'noteAck' },
          { description: 'WhatsApp’s server has it.', guard: 'isTaken', target: 'sent', actions: 'noteAck' },
          {
            description: 'WhatsApp’s server refused it.',
            guard: 'isRefusal',
            target: 'failed',
            actions: 'noteRefusal',
          },
          { description: 'The page has it, the server not yet.', target: '.awaiting_ack', actions: 'noteAck' },
        ],
        'lookup.missing': [
          { description: 'It never reached the page it was for.', guard: 'isCertain', target: 'queued' },
          {
            description: 'Its page is gone; its id makes a repetition harmless.',
            guard: 'mayResend',
            target: 'queued',
          },
          {
            description: 'Its page is gone, and with it what was known.',
            target: 'unknown',
            actions: { type: 'noteError', params: { code: 'UNVERIFIABLE' } },
          },
        ],
      },
      states: {
        handing_over: {
          description: 'The page is asked to find it, else to add it.',
          on: {
            'send.accepted': [
              {
                description: 'Somebody has read it already.',
                guard: 'isRead',
                target: '#message.read',
                actions: 'noteAck',
              },
              {
                description: 'A phone has it already.',
                guard: 'isDelivered',
                target: '#message.delivered',
                actions: 'noteAck',
              },
              {
                description: 'WhatsApp’s server has it already.',
                guard: 'isTaken',
                target: '#message.sent',
                actions: 'noteAck',
              },
              { description: 'It is in the page’s list.', target: 'awaiting_ack', actions: 'noteAck' },
            ],
          },
        },
        awaiting_ack: {
          description: 'In the page’s list; WhatsApp’s server has not said that it has it.',
          on: {
            'ack.overdue': [
              {
                description: 'Twice handed over, and never acknowledged.',
                guard: 'wasRepeated',
                target: '#message.unknown',
                actions: { type: 'noteError', params: { code: 'NO_ACK' } },
              },
              {
                description: 'A minute of an open connection: once more, under the same id.',
                target: 'handing_over',
                actions: 'noteRepetition',
              },
            ],
          },
        },
      },
    },
    unknown: {
      description: 'It may be out, and nobody knows. It is looked up at the next ready.',
      on: {
        'lookup.found': [
          {
            description: 'Somebody has read it.',
            guard: 'isRead',
            target: 'read',
            actions: ['noteAck', 'forgetError'],
          },
          {
            description: 'A phone has it.',
            guard: 'isDelivered',
            target: 'delivered',
            actions: ['noteAck', 'forgetError'],
          },
          {
            description: 'WhatsApp’s server has it.',
            guard: 'isTaken',
            target: 'sent',
            actions: ['noteAck', 'forgetError'],
          },
          {
            description: 'WhatsApp’s server refused it.',
            guard: 'isRefusal',
            target: 'failed',
            actions: 'noteRefusal',
          },
          { description: 'It was handed over twice already: nothing new.', guard: 'wasRepeated' },
          {
            description: 'The page has it, the server not yet.',
            target: 'sending.awaiting_ack',
            actions: ['noteAck', 'forgetError'],
          },
        ],
        'lookup.missing': [
          {
            description: 'It never reached the page it was for.',
            guard: 'isCertain',
            target: 'queued',
            actions: 'forgetError',
          },
          {
            description: 'Its page is gone; its id makes a repetition harmless.',
            guard: 'mayResend',
            target: 'queued',
            actions: 'forgetError',
          },
          {
            description: 'Its page is gone, and with it what was known: a person may say.',
            actions: { type: 'noteError', params: { code: 'UNVERIFIABLE' } },
          },
        ],
        'message.resolve': [
          {
            description: 'A person saw that it went out.',
            guard: 'isResolvedAsSent',
            target: 'sent',
            actions: 'forgetError',
          },
          { description: 'A person saw that it did not.', guard: 'isResolvedAsFailed', target: 'failed' },
          { description: 'A person wants it sent, under its id.', target: 'queued', actions: 'forgetError' },
        ],
        'ack.received': {
          description: 'WhatsApp’s server refuses it.',
          guard: 'isRefusal',
          target: 'failed',
          actions: 'noteRefusal',
        },
      },
    },
    sent: { description: 'WhatsApp’s server has it.', entry: 'forgetError' },
    delivered: { description: 'A phone has it.', entry: 'forgetError' },
    read: { description: 'Somebody has read it.', entry: 'forgetError' },
    failed: { description: 'It did not go out; `error` says why.' },
    cancelled: { description: 'Taken back before it went out.' },
    expired: { description: 'It was not possible to send it in time.' },
  },
});
