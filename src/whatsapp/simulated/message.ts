import type { MessageType, PageMessage } from '../../domain/message.ts';
import type { SimulatedMessage } from '../../domain/simulated-message.ts';
import type { Account } from '../device.ts';

/** A message on its way to a simulated phone. */
export interface MessageInTransit {
  readonly event: SimulatedMessage;
  /** When it was sent (ms since 1970). */
  readonly at: number;
  readonly waId: string;
}

/** The message as the page of `account` has it. */
export function pageMessageOf(account: Account, { event, at, waId }: MessageInTransit): PageMessage {
  const { from, text, author, media } = event;
  const chatId = withServer(from);
  const isGroup = chatId.endsWith('@g.us');
  const writer = withServer(author ?? from);
  return {
    id: `false_${chatId}_${waId}${isGroup ? `_${writer}` : ''}`,
    waId,
    chatId,
    from: chatId,
    to: `${account.phoneNumber}@c.us`,
    ...(isGroup && { author: writer }),
    fromMe: false,
    type: media === undefined ? 'text' : typeOf(media.mimetype),
    body: text,
    timestamp: new Date(at).toISOString(),
    ...(media !== undefined && {
      media: {
        mimetype: media.mimetype,
        size: mediaSize(media),
        ...(media.filename !== undefined && { filename: media.filename }),
      },
    }),
    sender: senderOf(writer, event.lid),
  };
}

/** Bytes. */
export function mediaSize({ data, size }: NonNullable<SimulatedMessage['media']>): number {
  return data === undefined ? (size ?? 1_024) : Buffer.byteLength(data, 'base64');
}

function withServer(address: string): string {
  return address.includes('@') ? address : `${address}@c.us`;
}

function senderOf(writer: string, lid: string | undefined): PageMessage['sender'] {
  if (writer.endsWith('@lid')) return { id: writer, lid: writer, phoneNumber: null };
  const known = lid === undefined || lid.includes('@') ? lid : `${lid}@lid`;
  return { id: writer, lid: known ?? null, phoneNumber: writer.split('@')[0] ?? null };
}

const TYPES: Readonly<Record<string, MessageType>> = { image: 'image', video: 'video', audio: 'audio' };

function typeOf(mimetype: string): MessageType {
  return mimetype === 'image/webp' ? 'sticker' : (TYPES[mimetype.split('/')[0] ?? ''] ?? 'document');
}
