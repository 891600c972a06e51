import { randomUUID } from 'node:crypto';

import type { CallHandlers } from '../call-table.ts';
import { PageSilentError } from '../device-errors.ts';
import type { MessageCalls } from '../message-calls.ts';
import type { SimulatedMailbox } from './mailbox.ts';
import { mediaSize } from './message.ts';

type Handlers = Pick<CallHandlers<MessageCalls>, 'mediaOpen' | 'mediaRead' | 'mediaClose'>;

const MOST_BYTES = 1_048_576;

/** The media of what came in: as it was sent, or as many bytes as were announced, which count up. */
export function simulatedMedia(
  mailbox: () => SimulatedMailbox,
  answer: (signal: AbortSignal) => Promise<void>,
): Handlers {
  const open = new Map<string, { readonly size: number; readonly bytes: Buffer | null; at: number }>();
  return {
    mediaOpen: async ({ messageId }, signal) => {
      await answer(signal);
      const media = mailbox().find(messageId)?.event.media;
      if (media === undefined) return { kind: 'not_found' };
      if (media.state === 'expired' || media.state === 'reuploading') return { kind: media.state };
      const { mimetype, filename, data } = media;
      const handle = randomUUID();
      const size = mediaSize(media);
      open.set(handle, { size, bytes: data === undefined ? null : Buffer.from(data, 'base64'), at: 0 });
      return { kind: 'open', handle, size, mimetype, ...(filename !== undefined && { filename }) };
    },
    mediaRead: async ({ handle, bytes }, signal) => {
      await answer(signal);
      const media = open.get(handle);
      if (media === undefined) throw new PageSilentError('these media are closed');
      const end = Math.min(media.size, media.at + Math.min(bytes, MOST_BYTES));
      const begin = media.at;
      media.at = end;
      const piece =
        media.bytes?.subarray(begin, end) ?? Uint8Array.from({ length: end - begin }, (_, index) => begin + index);
      return { piece, done: end === media.size };
    },
    mediaClose: async ({ handle }) => void open.delete(handle),
  };
}
