import { FrameParser, type Frame } from './frame-parser.ts';
import type { Timing } from './timing.ts';

/** The connection said nothing for too long. */
export class SilenceError extends Error {
  override readonly name = 'SilenceError';
  constructor(ms: number) {
    super(`The service was silent for more than ${ms} ms.`);
  }
}

const LOOKS_PER_SILENCE = 8;

/**
 * Opens a stream and reads it frame by frame, until it ends. Throws a {@link SilenceError} when nothing comes for too
 * long, be it an answer or a byte; time in which nobody asked for a frame does not count. Whoever leaves early closes
 * the connection.
 */
export async function* readFrames(
  open: (signal: AbortSignal) => Promise<Response>,
  signal: AbortSignal,
  { silenceMs, now }: Pick<Timing, 'silenceMs' | 'now'>,
): AsyncGenerator<Frame, void, undefined> {
  const closing = new AbortController();
  const close = (): void => closing.abort(signal.reason);
  let waitingSince = now();
  // One long timer would sleep with the laptop, and then for its whole length again.
  const watch = setInterval(() => {
    if (now() - waitingSince > silenceMs) closing.abort(new SilenceError(silenceMs));
  }, silenceMs / LOOKS_PER_SILENCE);
  signal.addEventListener('abort', close);
  if (signal.aborted) close();
  try {
    const { body } = await open(closing.signal);
    const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = body?.getReader();
    const [decoder, parser] = [new TextDecoder(), new FrameParser()];
    for (;;) {
      waitingSince = now();
      const read = await reader?.read();
      waitingSince = Infinity;
      if (read?.value === undefined) return;
      yield* parser.feed(decoder.decode(read.value, { stream: true }));
    }
  } catch (error) {
    throw closing.signal.reason instanceof SilenceError ? closing.signal.reason : error;
  } finally {
    clearInterval(watch);
    signal.removeEventListener('abort', close);
    closing.abort();
  }
}
