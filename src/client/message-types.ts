// As session-types.ts: plain types, held to the service's own by test/client/resources.test.ts. Times are ISO 8601.

export type MessageType =
  | 'text'
  | 'image'
  | 'video'
  | 'audio'
  | 'voice'
  | 'document'
  | 'sticker'
  | 'location'
  | 'contact'
  | 'poll'
  | 'other';

/** Where an outgoing message stands. `unknown`: it may be out, and nobody knows yet. */
export type MessageStatus =
  | 'queued'
  | 'sending'
  | 'sent'
  | 'delivered'
  | 'read'
  | 'failed'
  | 'cancelled'
  | 'expired'
  | 'unknown';

/** What keeps a queued message back. */
export type MessageHold = 'session' | 'pacing' | 'schedule' | 'chat' | 'restriction' | 'page';

export type MessageErrorCode =
  | 'NOT_ON_WHATSAPP'
  | 'QUOTE_NOT_FOUND'
  | 'MEDIA_UNREACHABLE'
  | 'MEDIA_TOO_LARGE'
  | 'MEDIA_REFUSED'
  | 'REFUSED'
  | 'RESTRICTED'
  | 'ACCOUNT_CHANGED'
  | 'EXPIRED'
  | 'UNVERIFIABLE'
  | 'NO_ACK';

/** What every outgoing message has, whatever its status. What it says is not among it. */
interface CommonRecord {
  id: string;
  sessionId: string;
  /** The id under which WhatsApp knows it, chosen before it goes out. */
  waId: string;
  /** As it was asked for. */
  to: string;
  /** `null` until the address is looked up. */
  chatId: string | null;
  type: MessageType;
  attempts: number;
  createdAt: string;
  sendAt: string | null;
  expiresAt: string;
  sentAt: string | null;
  deliveredAt: string | null;
  readAt: string | null;
  /** -1 refused, 0 in the page's list, 1 WhatsApp's server has it, 2 delivered, 3 read, 4 played. */
  ack: -1 | 0 | 1 | 2 | 3 | 4 | null;
  error: { code: MessageErrorCode; message: string } | null;
  heldBy: MessageHold | null;
  status: MessageStatus;
}
export type MessageRecord = Readonly<CommonRecord>;

/** A message that came in, or (`fromMe`) was written on the phone. */
export interface ReceivedMessage {
  /** Its whole key: `false_<chat>_<waId>`, `…_<participant>` in groups. */
  readonly id: string;
  readonly waId: string;
  readonly chatId: string;
  readonly from: string;
  readonly to: string;
  /** Who wrote it, in a group. */
  readonly author?: string;
  readonly fromMe: boolean;
  readonly type: MessageType;
  readonly body: string;
  readonly timestamp: string;
  readonly quotedId?: string;
  readonly mentions?: readonly string[];
  readonly media?: {
    readonly mimetype: string;
    /** Bytes. */
    readonly size: number;
    readonly filename?: string;
    /** Hex. */
    readonly sha256?: string;
  };
  /** `phoneNumber` is `null` where WhatsApp hides it. */
  readonly sender: { readonly id: string; readonly lid: string | null; readonly phoneNumber: string | null };
  /** It arrived while the session was not ready. */
  readonly backfilled: boolean;
}

interface Place {
  readonly id: string;
  readonly waId: string;
  readonly chatId: string;
}
interface OfRecord {
  readonly message: MessageRecord;
}

/** What each event about messages tells, beside whose session it is. */
export interface MessageData {
  readonly 'message.received': { readonly message: ReceivedMessage };
  /** It was written on the phone. */
  readonly 'message.echo': { readonly message: ReceivedMessage };
  readonly 'message.sent': OfRecord & { readonly ack: 1 };
  readonly 'message.ack': OfRecord & { readonly ack: 2 | 3 | 4 };
  readonly 'message.failed': OfRecord;
  readonly 'message.unknown': OfRecord;
  readonly 'message.expired': OfRecord;
  readonly 'message.cancelled': OfRecord;
  readonly 'message.edited': Place & { readonly text: string; readonly at: string };
  readonly 'message.revoked': Place & { readonly by: string; readonly at: string };
  /** An empty `emoji`: taken back. */
  readonly 'message.reaction': Place & { readonly from: string; readonly emoji: string; readonly at: string };
  readonly 'call.received': {
    readonly id: string;
    readonly from: string;
    readonly isVideo: boolean;
    readonly isGroup: boolean;
    readonly at: string;
  };
  readonly 'session.restricted': { readonly until: string; readonly why: string };
}
export type MessageEventType = keyof MessageData;
