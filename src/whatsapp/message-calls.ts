import type {
  Ack,
  Capabilities,
  Chat,
  Contact,
  Group,
  MessageAction,
  MessageErrorCode,
  OutgoingContent,
  PageItem,
  PageMessage,
} from '../domain/message.ts';
import type { Call, CallHandlers } from './call-table.ts';

/** This page, or this engine, cannot do it, and nothing was done. */
export interface Unsupported {
  readonly kind: 'unsupported';
  readonly capability: keyof Capabilities;
}

/** A refusal before the hand-over: surely nothing went out. */
interface Refused<Code extends string> {
  readonly kind: 'refused';
  readonly code: Code;
  readonly message: string;
}

/**
 * How a hand-over ended. A call that rejects (its deadline, a page that died) says nothing: the message may be out.
 * `accepted`: a row with this id is in the page's list. `not_now`: surely not handed over, and later it may be.
 */
export type SendResult =
  | { readonly kind: 'accepted'; readonly ack: Ack }
  | Refused<
      Extract<
        MessageErrorCode,
        'QUOTE_NOT_FOUND' | 'NOT_ON_WHATSAPP' | 'MEDIA_REFUSED' | 'MEDIA_TOO_LARGE' | 'REFUSED' | 'RESTRICTED'
      >
    >
  | { readonly kind: 'not_now'; readonly why: string }
  | Unsupported;

export type ActResult =
  | { readonly kind: 'done' }
  | Refused<'NOT_FOUND' | 'NOT_REVOCABLE' | 'NOT_EDITABLE' | 'REFUSED'>
  | Unsupported;

/** Whom an address reaches. */
export type ResolveResult =
  | {
      readonly kind: 'found';
      readonly chatId: string;
      readonly lid: string | null;
      readonly phoneNumber: string | null;
    }
  | { readonly kind: 'not_on_whatsapp' }
  | Unsupported;

export type MediaOpening =
  | {
      readonly kind: 'open';
      readonly handle: string;
      readonly size: number | null;
      readonly mimetype: string;
      readonly filename?: string;
    }
  /** The phone was asked to send it again. */
  | { readonly kind: 'reuploading' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'not_found' }
  | Unsupported;

export type Listing<Item> = { readonly kind: 'listed'; readonly items: readonly Item[] } | Unsupported;

/** What a ready device can be asked about messages. All reject when the page does not answer. */
export interface MessageCalls {
  readonly capabilities: Call<null, Capabilities>;
  /** An id as the page makes it. Ours have to look like it. */
  readonly idForm: Call<null, { readonly kind: 'sample'; readonly waId: string } | Unsupported>;
  /** `to`: digits, or a WhatsApp id. May ask WhatsApp. */
  readonly resolve: Call<{ readonly to: string }, ResolveResult>;
  /** Find, else add: a message with this id that is in the page's list is reported, never added again. */
  readonly send: Call<
    { readonly waId: string; readonly chatId: string; readonly content: OutgoingContent },
    SendResult
  >;
  /**
   * Those of the ids that the page has, in its list or in its storage, where `chats` says of which chat each is. One
   * that it has not was never handed over in this profile.
   */
  readonly find: Call<
    { readonly waIds: readonly string[]; readonly chats?: Readonly<Record<string, string>> },
    { readonly kind: 'found'; readonly rows: readonly { readonly waId: string; readonly ack: Ack }[] } | Unsupported
  >;
  /** Hands a row of the page's list to WhatsApp once more, under its id. */
  readonly resend: Call<{ readonly waId: string }, SendResult>;
  readonly act: Call<MessageAction, ActResult>;
  /**
   * What the page has heard, oldest first, after dropping what is confirmed. Items stay in the page's ring until the
   * number `upTo` of a former answer is confirmed. `overflowed`: how many the ring could not hold since the last pull.
   */
  readonly pull: Call<
    { readonly confirm: number | null; readonly limit: number },
    { readonly items: readonly PageItem[]; readonly upTo: number; readonly overflowed: number }
  >;
  /** Messages of the page's list that are not older than `since` (milliseconds since 1970), oldest first. */
  readonly recent: Call<{ readonly since: number; readonly limit: number }, Listing<PageMessage>>;
  readonly mediaOpen: Call<{ readonly messageId: string }, MediaOpening>;
  /** The next piece, of at most `bytes` and 1 MiB. */
  readonly mediaRead: Call<
    { readonly handle: string; readonly bytes: number },
    { readonly piece: Uint8Array; readonly done: boolean }
  >;
  readonly mediaClose: Call<{ readonly handle: string }, void>;
  readonly chats: Call<null, Listing<Chat>>;
  /** Ids and names only: whoever wants more asks for one after another. */
  readonly groups: Call<null, Listing<Pick<Group, 'id' | 'name'>>>;
  readonly group: Call<{ readonly chatId: string }, Listing<Group>>;
  readonly contacts: Call<null, Listing<Contact>>;
}

export const NO_CAPABILITIES: Capabilities = { receive: false, send: false, media: false, chats: false };

const unsupported = (capability: keyof Capabilities) => async (): Promise<Unsupported> => ({
  kind: 'unsupported',
  capability,
});

/** The answers of an engine that can do nothing with messages. */
export const withoutMessages: CallHandlers<MessageCalls> = {
  capabilities: async () => NO_CAPABILITIES,
  idForm: unsupported('send'),
  resolve: unsupported('send'),
  send: unsupported('send'),
  find: unsupported('send'),
  resend: unsupported('send'),
  act: unsupported('send'),
  pull: async ({ confirm }) => ({ items: [], upTo: confirm ?? 0, overflowed: 0 }),
  recent: unsupported('receive'),
  mediaOpen: unsupported('media'),
  mediaRead: async () => ({ piece: new Uint8Array(), done: true }),
  mediaClose: async () => {},
  chats: unsupported('chats'),
  groups: unsupported('chats'),
  group: unsupported('chats'),
  contacts: unsupported('chats'),
};
