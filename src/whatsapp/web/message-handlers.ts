import type { CallHandlers } from '../call-table.ts';
import type { MessageCalls } from '../message-calls.ts';

type OnPage = <Name extends keyof MessageCalls>(
  name: Name,
  request: MessageCalls[Name]['request'],
  signal: AbortSignal,
) => Promise<MessageCalls[Name]['result']>;

/** The calls about messages: the page answers all of them. */
export const messageHandlers = (onPage: OnPage): CallHandlers<MessageCalls> => ({
  capabilities: (request, signal) => onPage('capabilities', request, signal),
  idForm: (request, signal) => onPage('idForm', request, signal),
  resolve: (request, signal) => onPage('resolve', request, signal),
  send: (request, signal) => onPage('send', request, signal),
  find: (request, signal) => onPage('find', request, signal),
  resend: (request, signal) => onPage('resend', request, signal),
  act: (request, signal) => onPage('act', request, signal),
  pull: (request, signal) => onPage('pull', request, signal),
  recent: (request, signal) => onPage('recent', request, signal),
  mediaOpen: (request, signal) => onPage('mediaOpen', request, signal),
  mediaRead: (request, signal) => onPage('mediaRead', request, signal),
  mediaClose: (request, signal) => onPage('mediaClose', request, signal),
  chats: (request, signal) => onPage('chats', request, signal),
  groups: (request, signal) => onPage('groups', request, signal),
  group: (request, signal) => onPage('group', request, signal),
  contacts: (request, signal) => onPage('contacts', request, signal),
});
