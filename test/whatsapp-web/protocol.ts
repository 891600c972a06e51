import { z } from 'zod';
import type { Misbehaviour, SocketState } from './settings.ts';

/** A chat message as the server keeps it. Ids of people and groups are WhatsApp's: `491700000001@c.us`, `…@g.us`. */
export interface ChatMessage {
  readonly id: string;
  readonly chat: string;
  readonly from: string;
  readonly to: string;
  /** The author, when the chat is a group. */
  readonly author: string | null;
  readonly body: string;
  readonly type: string;
  /** Unix time in seconds. */
  readonly timestamp: number;
  readonly media: MediaRecord | null;
  /** `out`: written on the phone itself. */
  readonly direction?: 'in' | 'out';
  /** The sender's other id: a LID where `from` is a number, a number where it is a LID. */
  readonly alternate?: string;
  /** What only some messages have, by the names of the page's own attributes. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** A file as its sender announced it. */
export interface MediaRecord {
  readonly mimetype: string;
  readonly size?: number;
  readonly filename?: string;
  /** Base64, as WhatsApp has it. */
  readonly sha256?: string;
}

/** What happens to messages that are there, and calls. */
export type Happening =
  | { readonly kind: 'edited'; readonly id: string; readonly body: string }
  | { readonly kind: 'revoked'; readonly id: string; readonly by: string }
  | {
      readonly kind: 'reaction';
      readonly id: string;
      readonly emoji: string;
      readonly from: string;
      readonly timestamp: number;
    }
  | {
      readonly kind: 'call';
      readonly id: string;
      readonly from: string;
      readonly isVideo: boolean;
      readonly isGroup: boolean;
      readonly timestamp: number;
    }
  /** The phone has sent a file again. */
  | { readonly kind: 'media'; readonly id: string };

/** Answer to `sent`. `until`: seconds since 1970, until when new chats are refused. */
export type SentAnswer =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly code: number; readonly until: number | null };

/** The account of a linked page. */
export interface Identity {
  readonly deviceId: string;
  readonly wid: string;
  readonly lid: string;
  readonly name: string;
}

/** Messages that the server pushes to a page. */
export type Push =
  | { readonly type: 'challenge'; readonly nonce: string }
  | { readonly type: 'ref'; readonly ref: string }
  | { readonly type: 'idle' }
  | { readonly type: 'pair'; readonly identity: Identity; readonly mac: string }
  | { readonly type: 'message'; readonly message: ChatMessage }
  | { readonly type: 'ack'; readonly id: string; readonly ack: number }
  | { readonly type: 'happened'; readonly what: Happening }
  | { readonly type: 'state'; readonly state: SocketState }
  | { readonly type: 'logout' }
  | { readonly type: 'misbehave'; readonly how: Misbehaviour };

/** Answer to `hello`: what this page is to the server. */
export type Greeting =
  | { readonly kind: 'unpaired' }
  | { readonly kind: 'logged_out' }
  | { readonly kind: 'connected'; readonly identity: Identity; readonly backlog: readonly ChatMessage[] };

const text = z.string().max(100_000);

/** The bodies that a page posts, by the last part of the path. */
export const POSTS = {
  hello: z.object({
    page: text,
    noiseKey: text,
    identityKey: text,
    login: z.object({ deviceId: text, generation: z.int(), signature: text }).nullable(),
  }),
  refresh: z.object({ page: text }),
  code: z.object({ page: text, phoneNumber: text, advSecret: text }),
  paired: z.object({ page: text, accepted: z.boolean() }),
  synced: z.object({ page: text }),
  received: z.object({ page: text, id: text, generation: z.int() }),
  sent: z.object({
    page: text,
    id: text,
    to: text,
    body: text,
    type: text,
    timestamp: z.number(),
    extra: z.record(z.string(), z.unknown()).default({}),
    generation: z.int(),
  }),
  /** Something done to a message or a chat. */
  action: z.object({ page: text, kind: text, data: z.record(z.string(), text) }),
  /** Whether somebody is on WhatsApp. */
  exists: z.object({ page: text, wid: text }),
  logout: z.object({ page: text }),
  takeover: z.object({ page: text }),
  /** A question about a chat, such as who is in a group. */
  query: z.object({ page: text, about: text }),
} as const;

export type Verb = keyof typeof POSTS;
export type Posted<V extends Verb> = z.infer<(typeof POSTS)[V]>;
