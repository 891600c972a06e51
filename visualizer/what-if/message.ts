import { messageMachine, type MessageInput } from '../../machines/message.machine.ts';
import type { Imaginable } from './imaginable.ts';

const HOLDS = ['session', 'pacing', 'schedule', 'chat', 'restriction', 'page'];

/** A message that was just taken, and that waits for a person where nobody can tell what became of it. */
export const imaginableMessage: Imaginable = {
  machine: messageMachine,
  input: { onUnknown: 'hold' } satisfies MessageInput,
  knobs: [{ name: 'attempts', most: 5, path: ['attempts'] }],
  fieldsOf: (event) => {
    switch (event) {
      case 'ack.received':
        return [{ name: 'ack', choices: ['1', '2', '3', '0', '-1'] }];
      case 'send.accepted':
      case 'lookup.found':
        return [{ name: 'ack', choices: ['0', '1', '2', '3', '-1'] }];
      case 'lookup.missing':
        return [{ name: 'certain', choices: ['true', 'false'] }];
      case 'message.resolve':
        return [{ name: 'as', choices: ['sent', 'failed', 'resend'] }];
      case 'message.held':
        return [{ name: 'by', choices: HOLDS }];
      default:
        return [];
    }
  },
  build: (type, chosen) => ({
    type,
    ack: Number(chosen['ack'] ?? (type === 'ack.received' ? 1 : 0)),
    certain: chosen['certain'] !== 'false',
    as: chosen['as'] ?? 'sent',
    by: chosen['by'] ?? 'session',
    code: 'NOT_ON_WHATSAPP',
  }),
};
