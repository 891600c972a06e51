import { randomUUID } from 'node:crypto';

import type { Redis } from 'ioredis';
import { z } from 'zod';

import { ensureError } from '../domain/errors.ts';
import { reachStore } from './connection.ts';
import type { Keyspace } from './keys.ts';

const callSchema = z.object({
  id: z.string(),
  replyTo: z.string(),
  key: z.string(),
  epoch: z.number(),
  name: z.string(),
  request: z.unknown(),
  /** How long whoever asks still waits. */
  ms: z.number(),
});

/** What is asked of the device of the session `key`, which the owner of this epoch has. */
export type CallForOwner = Omit<z.infer<typeof callSchema>, 'id' | 'replyTo'>;

/** `not_here`: this process has no ready device of the session, or is no longer its owner. */
export type OwnerAnswer =
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'not_here' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'failed'; readonly why: string };

const answerSchema = z.object({
  id: z.string(),
  answer: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('result'), result: z.unknown() }),
    z.object({ kind: z.literal('not_here') }),
    z.object({ kind: z.literal('busy') }),
    z.object({ kind: z.literal('failed'), why: z.string() }),
  ]),
});

/** A node whose devices can be asked. */
export interface ServingNode {
  readonly id: string;
  /** Ends by the signal at the latest. */
  readonly serve: (call: CallForOwner, signal: AbortSignal) => Promise<OwnerAnswer>;
}

interface CallChannelOptions {
  readonly redis: Redis;
  /** A connection of its own: whoever subscribes can do nothing else. Closed by the channel. */
  readonly subscriber: Redis;
  readonly keys: Keyspace;
  readonly onError: (error: unknown) => void;
}

/**
 * Carries what an API process asks of a device to the node that has it, and the answer back. By publishing, so that
 * nothing of it is stored anywhere: what nobody hears is gone, and whoever asked hears so at once, or at its deadline.
 */
export class CallChannel {
  readonly #options: CallChannelOptions;
  readonly #replyTo = `answers:${randomUUID()}`;
  readonly #waiting = new Map<string, (answer: OwnerAnswer) => void>();
  #node: ServingNode | null = null;

  constructor(options: CallChannelOptions) {
    this.#options = options;
  }

  /** Resolves once it hears. With `serve` it also answers what is asked of this node's devices. */
  async start(node?: ServingNode): Promise<void> {
    const { subscriber } = this.#options;
    this.#node = node ?? null;
    subscriber.on('message', (channel: string, text: string) => {
      try {
        this.#hear(channel, JSON.parse(text));
      } catch (error) {
        this.#options.onError(error);
      }
    });
    const channels = [this.#place(this.#replyTo), ...(node === undefined ? [] : [this.#place(callsOf(node.id))])];
    await reachStore(() => subscriber.subscribe(...channels));
  }

  stop(): void {
    this.#options.subscriber.disconnect();
    for (const settle of this.#waiting.values()) settle({ kind: 'failed', why: 'this node is shutting down' });
  }

  /** Asks the node; `null` when it gave no answer by the end of the signal. Throws {@link StoreUnavailableError}. */
  async ask(nodeId: string, call: CallForOwner, signal: AbortSignal): Promise<OwnerAnswer | null> {
    const id = randomUUID();
    const { redis } = this.#options;
    const answered = new Promise<OwnerAnswer | null>((resolve) => {
      this.#waiting.set(id, resolve);
      signal.addEventListener('abort', () => resolve(null), { once: true });
      if (signal.aborted) resolve(null);
    });
    try {
      const text = JSON.stringify({ ...call, id, replyTo: this.#replyTo }, withBytes);
      const heardBy = await reachStore(() => redis.publish(this.#place(callsOf(nodeId)), text));
      return heardBy === 0 ? { kind: 'not_here' } : await answered;
    } finally {
      this.#waiting.delete(id);
    }
  }

  #hear(channel: string, told: unknown): void {
    if (channel === this.#place(this.#replyTo)) {
      const { id, answer } = answerSchema.parse(told);
      this.#waiting.get(id)?.(answer.kind === 'result' ? { ...answer, result: readBytes(answer.result) } : answer);
      return;
    }
    if (this.#node === null) return;
    const { id, replyTo, ...call } = callSchema.parse(told);
    this.#answer(id, replyTo, call, this.#node.serve).catch(this.#options.onError);
  }

  async #answer(id: string, replyTo: string, call: CallForOwner, serve: ServingNode['serve']): Promise<void> {
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), call.ms);
    let answer: OwnerAnswer;
    try {
      answer = await serve(call, over.signal);
    } catch (error) {
      this.#options.onError(ensureError(error));
      answer = { kind: 'failed', why: 'something unexpected went wrong' };
    } finally {
      clearTimeout(timer);
    }
    if (over.signal.aborted) return;
    await reachStore(() =>
      this.#options.redis.publish(this.#place(replyTo), JSON.stringify({ id, answer }, withBytes)),
    );
  }

  #place(name: string): string {
    return `${this.#options.keys.prefix}:${name}`;
  }
}

function callsOf(nodeId: string): string {
  return `calls:${nodeId}`;
}

/** Bytes as JSON has them: a `Buffer` says itself how it is written, so what it was is looked at. */
function withBytes(this: unknown, key: string, value: unknown): unknown {
  const raw: unknown = typeof this === 'object' && this !== null ? Reflect.get(this, key) : value;
  return raw instanceof Uint8Array ? { $bytes: Buffer.from(raw).toString('base64') } : value;
}

function readBytes(result: unknown): unknown {
  if (typeof result !== 'object' || result === null) return result;
  const entries = Object.entries(result).map(([name, value]: [string, unknown]) => {
    const isBytes = typeof value === 'object' && value !== null && '$bytes' in value;
    return [name, isBytes ? new Uint8Array(Buffer.from(String(value.$bytes), 'base64')) : value];
  });
  return Array.isArray(result) ? result : Object.fromEntries(entries);
}
