/** Why a message failed, expired or cannot be told. */
export const MESSAGE_ERRORS = [
  'NOT_ON_WHATSAPP',
  'QUOTE_NOT_FOUND',
  'MEDIA_UNREACHABLE',
  'MEDIA_TOO_LARGE',
  'MEDIA_REFUSED',
  'REFUSED',
  'RESTRICTED',
  'ACCOUNT_CHANGED',
  'EXPIRED',
  'UNVERIFIABLE',
  'NO_ACK',
] as const;
export type MessageErrorCode = (typeof MESSAGE_ERRORS)[number];

/** What a message carries. */
export const MESSAGE_TYPES = [
  'text',
  'image',
  'video',
  'audio',
  'voice',
  'document',
  'sticker',
  'location',
  'contact',
  'poll',
  'other',
] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

/** WhatsApp's acknowledgement: -1 refused, 0 in the page's list, 1 its server has it, 2 delivered, 3 read, 4 played. */
export type Ack = -1 | 0 | 1 | 2 | 3 | 4;

/** How a media message is to be shown. Left out: as its type says. */
export const MEDIA_FORMS = ['voice', 'sticker', 'document', 'gif', 'viewOnce'] as const;
export type MediaForm = (typeof MEDIA_FORMS)[number];

interface Quoting {
  /** `id` or `waId` of the message that is quoted. One that cannot be found is a refusal, never left out. */
  readonly quote?: string;
  /** Numbers (digits) or WhatsApp ids. */
  readonly mentions?: readonly string[];
}

/** What goes out, in full, as a device is handed it. */
export type OutgoingContent =
  | (Quoting & {
      readonly kind: 'text';
      readonly text: string;
      /** Asks WhatsApp for a preview of the first link, within a deadline. */
      readonly linkPreview: boolean;
    })
  | (Quoting & {
      readonly kind: 'media';
      /** A file that the browser may read, 0600; whoever calls removes it afterwards. */
      readonly path: string;
      readonly mimetype: string;
      readonly filename: string;
      /** Bytes. */
      readonly size: number;
      readonly caption?: string;
      readonly as?: MediaForm;
    })
  | (Quoting & {
      readonly kind: 'location';
      readonly latitude: number;
      readonly longitude: number;
      readonly name?: string;
    })
  | (Quoting & { readonly kind: 'contact'; readonly phoneNumber: string; readonly name: string })
  | (Quoting & {
      readonly kind: 'poll';
      readonly name: string;
      readonly options: readonly string[];
      readonly multiple: boolean;
    });

/** What is done to a message or a chat that is there already. `messageId` is an `id` or a `waId`. */
export type MessageAction =
  | { readonly kind: 'edit'; readonly messageId: string; readonly text: string }
  /** An empty `emoji` takes the reaction back. */
  | { readonly kind: 'react'; readonly messageId: string; readonly emoji: string }
  /** For everybody, or refused: never for oneself alone. */
  | { readonly kind: 'revoke'; readonly messageId: string }
  | { readonly kind: 'seen'; readonly chatId: string }
  /** Ends by itself after `ms`. */
  | { readonly kind: 'typing'; readonly chatId: string; readonly ms: number }
  | { readonly kind: 'reject_call'; readonly callId: string; readonly from: string };

/** Media of a message, as its sender announced it. */
export interface MediaFacts {
  readonly mimetype: string;
  /** Bytes. */
  readonly size: number;
  readonly filename?: string;
  /** Hex. */
  readonly sha256?: string;
}

/** A message as the page has it: one that came in, or one that was written on the phone (`fromMe`). */
export interface PageMessage {
  /** Its whole key, of the key's own parts: `false_<chat>_<waId>`, `…_<participant>` in groups. */
  readonly id: string;
  /** The stanza's id alone. */
  readonly waId: string;
  readonly chatId: string;
  readonly from: string;
  readonly to: string;
  /** Who wrote it, in a group. */
  readonly author?: string;
  readonly fromMe: boolean;
  readonly type: MessageType;
  readonly body: string;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly quotedId?: string;
  readonly mentions?: readonly string[];
  readonly media?: MediaFacts;
  /** `phoneNumber` is `null` where WhatsApp hides it. */
  readonly sender: { readonly id: string; readonly lid: string | null; readonly phoneNumber: string | null };
}

/** What the page hears, in the order in which it hears it. Times are ISO 8601. */
export type PageItem =
  | { readonly kind: 'message'; readonly message: PageMessage }
  | { readonly kind: 'ack'; readonly waId: string; readonly ack: Ack }
  | {
      readonly kind: 'edited';
      readonly id: string;
      readonly waId: string;
      readonly chatId: string;
      readonly text: string;
      readonly at: string;
    }
  | {
      readonly kind: 'revoked';
      readonly id: string;
      readonly waId: string;
      readonly chatId: string;
      readonly by: string;
      readonly at: string;
    }
  | {
      readonly kind: 'reaction';
      readonly id: string;
      readonly waId: string;
      readonly chatId: string;
      readonly from: string;
      readonly emoji: string;
      readonly at: string;
    }
  | {
      readonly kind: 'call';
      readonly id: string;
      readonly from: string;
      readonly isVideo: boolean;
      readonly isGroup: boolean;
      readonly at: string;
    }
  /** WhatsApp punishes new chats until then. */
  | { readonly kind: 'restricted'; readonly until: string; readonly why: string }
  /** Something came that this build of the service cannot read. `why` holds nothing of what it said. */
  | { readonly kind: 'unreadable'; readonly why: string };

/** A chat as WhatsApp knows it. */
export interface Chat {
  readonly id: string;
  readonly name: string | null;
  readonly isGroup: boolean;
  readonly unread: number;
  /** Of the newest message; ISO 8601. */
  readonly timestamp: string | null;
  readonly lid: string | null;
  readonly phoneNumber: string | null;
}

export interface Group {
  readonly id: string;
  readonly name: string | null;
  readonly participants: readonly {
    readonly id: string;
    readonly lid: string | null;
    readonly phoneNumber: string | null;
    readonly isAdmin: boolean;
  }[];
}

export interface Contact {
  readonly id: string;
  readonly name: string | null;
  readonly lid: string | null;
  readonly phoneNumber: string | null;
}

/** What the page that is open now can be used for. `false`: WhatsApp changed it, and this build cannot. */
export interface Capabilities {
  readonly receive: boolean;
  readonly send: boolean;
  readonly media: boolean;
  readonly chats: boolean;
}

export const CAPABILITIES = ['receive', 'send', 'media', 'chats'] as const satisfies readonly (keyof Capabilities)[];

/** How many pages are ready, and how many of them can be used for what. */
export type PageCounts = Readonly<Record<'ready' | keyof Capabilities, number>>;

export const NO_PAGES: PageCounts = { ready: 0, receive: 0, send: 0, media: 0, chats: 0 };
