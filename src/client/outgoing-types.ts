import type { MessageRecord, MessageStatus } from './message-types.ts';

/** What a message says; one of them. */
interface Contents {
  /** 1 to 65,536 characters. */
  readonly text: string;
  /** By a URL that the service fetches, as base64 (16 MB at most), or by the id that `media.keep` gave. */
  readonly media: Only<'url' | 'data' | 'id'> & {
    readonly mimetype?: string | undefined;
    readonly filename?: string | undefined;
    readonly caption?: string | undefined;
    readonly as?: 'voice' | 'sticker' | 'document' | 'gif' | 'viewOnce' | undefined;
  };
  readonly location: { readonly latitude: number; readonly longitude: number; readonly name?: string | undefined };
  readonly contact: { readonly phoneNumber: string; readonly name: string };
  readonly poll: {
    readonly name: string;
    readonly options: readonly string[];
    readonly multiple?: boolean | undefined;
  };
}
/** One of these strings, and none of the others. */
type Only<Name extends string> = {
  [One in Name]: { readonly [Key in One]: string } & { readonly [Key in Exclude<Name, One>]?: never };
}[Name];
type OneContent = {
  [One in keyof Contents]: Pick<Contents, One> & { readonly [Key in Exclude<keyof Contents, One>]?: never };
}[keyof Contents];

/** A message to be sent. Times are ISO 8601. */
export type OutgoingMessage = OneContent & {
  /** Digits of a phone number in international form, or `…@c.us`, `…@lid`, `…@g.us`. */
  readonly to: string;
  /** `id` or `waId` of the message to be quoted. */
  readonly quote?: string | undefined;
  /** Numbers that are mentioned. */
  readonly mentions?: readonly string[] | undefined;
  /** @defaultValue false */
  readonly linkPreview?: boolean | undefined;
  /** Up to 30 days ahead. */
  readonly sendAt?: string | undefined;
  /** @defaultValue after 24 hours */
  readonly expiresAt?: string | undefined;
  /** What to do where nobody can tell whether it went out; a resend uses the same WhatsApp id. @defaultValue hold */
  readonly onUnknown?: 'hold' | 'resend' | undefined;
};

/** How far a message has come, or how it ended. What goes out next is told by no event. */
export type AwaitedStatus = Exclude<MessageStatus, 'queued' | 'sending'>;

/** A message that was waited for: one that was to be `sent` may be read by now. */
export type MessageAt<Wanted extends AwaitedStatus> = MessageRecord & {
  readonly status:
    | Wanted
    | ('sent' extends Wanted ? 'delivered' | 'read' : never)
    | ('delivered' extends Wanted ? 'read' : never);
};
