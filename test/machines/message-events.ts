import type { MessageEvent } from '../../machines/message.machine.ts';

const ACKS = [-1, 0, 1, 2, 3] as const;

/** Everything that may happen to a message. */
export const MESSAGE_EVENTS: readonly MessageEvent[] = [
  { type: 'message.held', by: 'pacing' },
  { type: 'message.cancel' },
  { type: 'message.expire' },
  { type: 'message.account_changed' },
  { type: 'message.resolve', as: 'sent' },
  { type: 'message.resolve', as: 'failed' },
  { type: 'message.resolve', as: 'resend' },
  { type: 'send.began' },
  { type: 'send.deferred' },
  { type: 'send.lost' },
  { type: 'send.refused', code: 'NOT_ON_WHATSAPP' },
  { type: 'ack.overdue' },
  { type: 'lookup.missing', certain: true },
  { type: 'lookup.missing', certain: false },
  ...ACKS.map((ack) => ({ type: 'ack.received', ack }) as const),
  ...ACKS.map((ack) => ({ type: 'lookup.found', ack }) as const),
  ...ACKS.filter((ack) => ack >= 0).map((ack) => ({ type: 'send.accepted', ack }) as const),
];
