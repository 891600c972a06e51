import { MediaTooLargeError } from '../domain/message-errors.ts';
import { DeadlineError, MediaExpiredError, MessageNotFoundError, NotReadyError } from '../domain/errors.ts';
import type { Session } from '../domain/session.ts';
import type { RemoteDevices } from './remote-devices.ts';

/** Until the page has fetched it from WhatsApp, and for each piece. */
const OPEN_MS = 60_000;
const PIECE_MS = 30_000;
/** Through Redis in one go, and in nobody's memory for longer. */
const PIECE_BYTES = 262_144;

export type IncomingMedia =
  /** The phone was asked to send it again. */
  | { readonly kind: 'later' }
  | {
      readonly kind: 'open';
      readonly mimetype: string;
      readonly filename: string | null;
      /** Bytes; `null` where that is not known. */
      readonly size: number | null;
      /** One piece after another, as fast as it is read. */
      readonly stream: ReadableStream<Uint8Array>;
    };

/**
 * Opens what a message carries, in the page that has it, up to `mostBytes`. Throws {@link MessageNotFoundError},
 * {@link MediaExpiredError}, {@link MediaTooLargeError}, {@link NotReadyError}, and what the call throws.
 */
export async function openIncomingMedia(
  devices: Pick<RemoteDevices, 'call'>,
  session: Session,
  { messageId, mostBytes }: { readonly messageId: string; readonly mostBytes: number },
): Promise<IncomingMedia> {
  const opened = await devices.call(session, 'mediaOpen', { messageId }, OPEN_MS);
  switch (opened.kind) {
    case 'reuploading':
      return { kind: 'later' };
    case 'expired':
      throw new MediaExpiredError();
    case 'not_found':
      throw new MessageNotFoundError();
    case 'unsupported':
      throw new NotReadyError(
        session.state,
        'WhatsApp has changed its page: this service cannot read media there now.',
      );
    case 'open': {
      const { handle, mimetype, filename = null, size } = opened;
      if ((size ?? 0) > mostBytes) {
        await devices.call(session, 'mediaClose', { handle }, PIECE_MS).catch(() => undefined);
        throw new MediaTooLargeError(mostBytes);
      }
      return { kind: 'open', mimetype, filename, size, stream: streamOf(devices, session, { handle, mostBytes }) };
    }
  }
}

function streamOf(
  devices: Pick<RemoteDevices, 'call'>,
  session: Session,
  { handle, mostBytes }: { readonly handle: string; readonly mostBytes: number },
): ReadableStream<Uint8Array> {
  let bytes = 0;
  const close = () => devices.call(session, 'mediaClose', { handle }, PIECE_MS).catch(() => undefined);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { piece, done } = await devices.call(session, 'mediaRead', { handle, bytes: PIECE_BYTES }, PIECE_MS);
          bytes += piece.byteLength;
          // It may be larger than its sender said.
          if (bytes > mostBytes) throw new MediaTooLargeError(mostBytes);
          if (piece.byteLength > 0) controller.enqueue(piece);
          if (!done) {
            // A pull that gave nothing is not called again.
            if (piece.byteLength === 0) throw new DeadlineError('The next piece of the media', PIECE_MS);
            return;
          }
          controller.close();
        } catch (error) {
          controller.error(error);
        }
        await close();
      },
      cancel: async () => {
        await close();
      },
    },
    { highWaterMark: 0 },
  );
}
