import type { Socket } from 'node:net';
import type { ConnectionTransport } from 'puppeteer';

/** Far above Puppeteer's own numbers, which count from 1. */
const CLOSE_ID = 2 ** 30;

/**
 * The longest text that is taken from the browser. A thread whose heap fills up ends alone, but one single allocation
 * that exceeds its limit makes V8 abort the whole process: no text may come near. Twice this much as a string and twice
 * again when it is read fits the limit.
 */
const LONGEST_TEXT_BYTES = 32 * 1024 * 1024;

/** Chromium's protocol on one socket: JSON texts, each ended by a zero byte. What `puppeteer.connect` takes. */
export class PipeTransport implements ConnectionTransport {
  onmessage?: (message: string) => void;
  onclose?: () => void;
  /** A text was too long. The line is closed, and with it the browser ends. */
  onoverflow?: () => void;
  readonly #line: Socket;
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  constructor(line: Socket) {
    this.#line = line;
    line.on('data', (chunk: Buffer) => this.#take(chunk));
    line.on('error', () => {});
    line.once('close', () => this.onclose?.());
  }

  send(message: string): void {
    if (this.#line.writable) this.#line.write(`${message}\0`);
  }

  close(): void {
    this.#line.destroy();
  }

  /** Asks the browser to end, past Puppeteer: it works before Puppeteer has connected and when it is stuck. */
  askToEnd(): void {
    this.send(JSON.stringify({ id: CLOSE_ID, method: 'Browser.close' }));
  }

  #take(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(0); end !== -1; end = chunk.indexOf(0, start)) {
      const message = Buffer.concat([...this.#pending, chunk.subarray(start, end)]).toString();
      this.#pending = [];
      this.#pendingBytes = 0;
      start = end + 1;
      // Each in a turn of its own, as Puppeteer's own transport does: a long batch does not hold up timers.
      setImmediate(() => this.onmessage?.(message));
    }
    if (start === chunk.length) return;
    this.#pending.push(chunk.subarray(start));
    this.#pendingBytes += chunk.length - start;
    if (this.#pendingBytes <= LONGEST_TEXT_BYTES) return;
    this.#pending = [];
    this.onoverflow?.();
    this.#line.destroy();
  }
}
