import type { CallHandlers } from '../call-table.ts';
import { PageSilentError } from '../device-errors.ts';
import type { MessageCalls, SendResult } from '../message-calls.ts';
import type { SimulatedMailbox } from './mailbox.ts';
import type { SentRow, SimulatedOutgoing } from './outgoing.ts';

interface SendCallsOptions {
  readonly mailbox: () => SimulatedMailbox;
  readonly outgoing: () => SimulatedOutgoing;
  /** Hands the row to WhatsApp's server, now or as soon as it can be reached. */
  readonly postSoon: (row: SentRow) => void;
  /** Resolves when the page answers; rejects when it is gone, or nobody waits any more. */
  readonly answer: (signal: AbortSignal) => Promise<void>;
}

type SendCalls = Pick<CallHandlers<MessageCalls>, 'idForm' | 'resolve' | 'send' | 'find' | 'resend' | 'act'>;

const withServer = (to: string): string => (to.includes('@') ? to : `${to}@c.us`);

/** What a simulated page does when it is asked to send. */
export function sendCalls({ mailbox, outgoing, postSoon, answer }: SendCallsOptions): SendCalls {
  const knows = (id: string): boolean => outgoing().find(waIdIn(id)) !== null || mailbox().knows(id);
  return {
    idForm: async () => ({ kind: 'sample', waId: '3EB00123456789ABCDEF01' }),
    resolve: async ({ to }, signal) => {
      await answer(signal);
      const chatId = withServer(to);
      const phoneNumber = chatId.endsWith('@c.us') ? chatId.slice(0, -'@c.us'.length) : null;
      return { kind: 'found', chatId, lid: chatId.endsWith('@lid') ? chatId : null, phoneNumber };
    },
    send: async ({ waId, chatId, content }, signal): Promise<SendResult> => {
      await answer(signal);
      const page = outgoing();
      const found = page.find(waId);
      if (found !== null) return { kind: 'accepted', ack: found.ack };
      const { refusal } = page;
      if (refusal !== null) return { kind: 'refused', code: refusal, message: 'The simulated WhatsApp refuses it.' };
      if (content.quote !== undefined && !knows(content.quote))
        return { kind: 'refused', code: 'QUOTE_NOT_FOUND', message: 'The message to be quoted was not found.' };
      const fault = page.takeFault();
      if (fault === 'before_page') throw new PageSilentError('it is lost before the page');
      const row = page.add({ waId, chatId, content });
      if (fault === 'in_page') throw new PageSilentError('it is lost in the page');
      postSoon(row);
      if (fault === 'after_server') throw new PageSilentError('its answer is lost');
      return { kind: 'accepted', ack: row.ack };
    },
    find: async ({ waIds }, signal) => {
      await answer(signal);
      const rows = waIds.flatMap((waId) => {
        const row = outgoing().find(waId);
        return row === null ? [] : [{ waId, ack: row.ack }];
      });
      return { kind: 'found', rows };
    },
    resend: async ({ waId }, signal) => {
      await answer(signal);
      const row = outgoing().find(waId);
      if (row === null) return { kind: 'not_now', why: 'the page does not know it' };
      postSoon(row);
      return { kind: 'accepted', ack: row.ack };
    },
    act: async (action, signal) => {
      await answer(signal);
      if (!('messageId' in action)) return { kind: 'done' };
      if (!knows(action.messageId))
        return { kind: 'refused', code: 'NOT_FOUND', message: 'The simulated page does not know that message.' };
      const isOurs = outgoing().find(waIdIn(action.messageId)) !== null;
      if (action.kind === 'revoke' && !isOurs)
        return { kind: 'refused', code: 'NOT_REVOCABLE', message: 'Somebody else wrote it.' };
      if (action.kind === 'edit' && !isOurs)
        return { kind: 'refused', code: 'NOT_EDITABLE', message: 'Somebody else wrote it.' };
      return { kind: 'done' };
    },
  };
}

/** The stanza's id in a whole key, or itself. */
function waIdIn(id: string): string {
  return /^(?:true|false)_[^_]+_([^_]+)/.exec(id)?.[1] ?? id;
}
