import type { Page } from 'puppeteer';
import type { OutgoingContent } from '../../../../domain/message.ts';
import type { MediaOpening, SendResult, Unsupported } from '../../../message-calls.ts';
import { IN_PAGE } from './install-script.ts';

/** How long an upload or a download may take, in milliseconds. */
const LONGEST_TRANSFER_MS = 10 * 60_000;
/** What one piece may hold at most, in bytes. */
const PIECE_BYTES = 1024 * 1024;

type Job =
  | { readonly kind: 'working' | 'gone' | 'uploaded' }
  | { readonly kind: 'failed'; readonly status: number | null }
  | { readonly kind: 'refused'; readonly message: string }
  | Extract<MediaOpening, { readonly kind: 'reuploading' | 'expired' | 'not_found' }>
  | { readonly kind: 'open'; readonly size: number; readonly mimetype: string; readonly filename?: string };

export interface PageMediaOptions {
  readonly page: () => Page;
  readonly ask: <Result>(name: string, request: unknown) => Promise<Result>;
}

interface MediaSend {
  readonly waId: string;
  readonly chatId: string;
  readonly content: Extract<OutgoingContent, { readonly kind: 'media' }>;
}

/** Files between the page and the disk. None of them is ever whole in this process. */
export class PageMedia {
  readonly #options: PageMediaOptions;
  #handles = 0;

  constructor(options: PageMediaOptions) {
    this.#options = options;
  }

  /**
   * Uploads, which may be done again, and then hands over, unless nobody waits for it any more. What the page already
   * has is not uploaded.
   */
  async send({ waId, chatId, content }: MediaSend, signal: AbortSignal): Promise<SendResult> {
    const { ask } = this.#options;
    const found = await ask<{ readonly rows?: readonly { readonly ack: -1 | 0 | 1 | 2 | 3 | 4 }[] }>('find', {
      waIds: [waId],
    });
    const [known] = found.rows ?? [];
    if (known !== undefined) return { kind: 'accepted', ack: known.ack };
    const handle = this.#newHandle();
    try {
      await this.#giveFile(handle, content.path);
      const { mimetype, filename, size, as } = content;
      const begun = await ask<Unsupported | undefined>('upload', { handle, mimetype, filename, size, as });
      if (begun?.kind === 'unsupported') return begun;
      const job = await this.#untilOver(handle, signal);
      if (job.kind === 'refused' || job.kind === 'failed')
        return {
          kind: 'refused',
          code: 'MEDIA_REFUSED',
          message: job.kind === 'refused' ? job.message : 'The page cannot make a message of this file',
        };
      if (job.kind !== 'uploaded') return { kind: 'not_now', why: 'the file was not uploaded in time' };
      signal.throwIfAborted();
      const { path: _path, ...said } = content;
      return await ask<SendResult>('send', { waId, chatId, content: { ...said, handle } });
    } finally {
      ask('close', { handle }).catch(() => {});
    }
  }

  async open(messageId: string, signal: AbortSignal): Promise<MediaOpening> {
    const { ask } = this.#options;
    const handle = this.#newHandle();
    const begun = await ask<Unsupported | undefined>('open', { handle, messageId });
    if (begun?.kind === 'unsupported') return begun;
    const job = await this.#untilOver(handle, signal).catch((error: unknown) => {
      ask('close', { handle }).catch(() => {});
      throw error;
    });
    if (job.kind === 'open') return { ...job, handle };
    await ask('close', { handle });
    if (job.kind === 'reuploading' || job.kind === 'expired' || job.kind === 'not_found') return { kind: job.kind };
    throw new Error('the page cannot fetch this file');
  }

  async read({ handle, bytes }: { readonly handle: string; readonly bytes: number }) {
    const request = { handle, bytes: Math.min(bytes, PIECE_BYTES) };
    const { piece, done } = await this.#options.ask<{ readonly piece: string; readonly done: boolean }>(
      'read',
      request,
    );
    return { piece: new Uint8Array(Buffer.from(piece, 'base64')), done };
  }

  /** Has the browser itself open the file: only its path goes through the protocol. */
  async #giveFile(handle: string, path: string): Promise<void> {
    const session = await this.#options.page().createCDPSession();
    try {
      const { result } = await session.send('Runtime.evaluate', {
        expression: `window.${IN_PAGE}.newInput(${JSON.stringify(handle)})`,
      });
      if (result.objectId === undefined) throw new Error('the page gave no input for the file');
      await session.send('DOM.setFileInputFiles', { files: [path], objectId: result.objectId });
    } finally {
      await session.detach();
    }
  }

  /** Asks again and again: no single call into the browser may wait as long as a large file takes. */
  async #untilOver(handle: string, signal: AbortSignal): Promise<Job> {
    const end = performance.now() + LONGEST_TRANSFER_MS;
    for (;;) {
      signal.throwIfAborted();
      const job = await this.#options.ask<Job>('ask', { handle });
      if (job.kind !== 'working' || performance.now() >= end) return job;
    }
  }

  #newHandle(): string {
    this.#handles += 1;
    return `file-${this.#handles}`;
  }
}
