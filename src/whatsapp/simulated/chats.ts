import type { Chat, Contact, Group } from '../../domain/message.ts';
import type { CallHandlers } from '../call-table.ts';
import type { MessageCalls } from '../message-calls.ts';
import type { SimulatedMailbox } from './mailbox.ts';

type Handlers = Pick<CallHandlers<MessageCalls>, 'chats' | 'groups' | 'group' | 'contacts' | 'resolve' | 'act'>;

/** Everybody who has written, and where. All numbers are on WhatsApp. */
export function simulatedChats(
  mailbox: () => SimulatedMailbox,
  answer: (signal: AbortSignal) => Promise<void>,
): Handlers {
  const chats = (): readonly Chat[] => {
    const byId = new Map<string, Chat>();
    for (const { chatId, timestamp, sender } of mailbox().messages) {
      const isGroup = chatId.endsWith('@g.us');
      const { lid, phoneNumber } = isGroup ? { lid: null, phoneNumber: null } : sender;
      const unread = (byId.get(chatId)?.unread ?? 0) + 1;
      byId.set(chatId, { id: chatId, name: null, isGroup, unread, timestamp, lid, phoneNumber });
    }
    return [...byId.values()];
  };
  const contacts = (): readonly Contact[] =>
    unique(mailbox().messages.map(({ sender: { id, lid, phoneNumber } }) => ({ id, name: null, lid, phoneNumber })));
  const groups = () => chats().filter(({ isGroup }) => isGroup);
  const group = (chatId: string): Group => {
    const writers = mailbox().messages.filter((message) => message.chatId === chatId);
    return {
      id: chatId,
      name: null,
      participants: unique(
        writers.map(({ sender: { id, lid, phoneNumber } }) => ({ id, lid, phoneNumber, isAdmin: false })),
      ),
    };
  };
  return {
    chats: async (_request, signal) => {
      await answer(signal);
      return { kind: 'listed', items: chats() };
    },
    contacts: async (_request, signal) => {
      await answer(signal);
      return { kind: 'listed', items: contacts() };
    },
    groups: async (_request, signal) => {
      await answer(signal);
      return { kind: 'listed', items: groups().map(({ id, name }) => ({ id, name })) };
    },
    group: async ({ chatId }, signal) => {
      await answer(signal);
      const isThere = groups().some(({ id }) => id === chatId);
      return { kind: 'listed', items: isThere ? [group(chatId)] : [] };
    },
    resolve: async ({ to }, signal) => {
      await answer(signal);
      const chatId = to.includes('@') ? to : `${to}@c.us`;
      const lid = chatId.endsWith('@lid') ? chatId : null;
      return {
        kind: 'found',
        chatId,
        lid,
        phoneNumber: chatId.endsWith('@c.us') ? (chatId.split('@')[0] ?? null) : null,
      };
    },
    act: async (action, signal) => {
      await answer(signal);
      if (action.kind === 'seen' || action.kind === 'typing' || action.kind === 'reject_call') return { kind: 'done' };
      return { kind: 'unsupported', capability: 'send' };
    },
  };
}

function unique<Item extends { readonly id: string }>(items: readonly Item[]): readonly Item[] {
  return [...new Map(items.map((item) => [item.id, item])).values()];
}
