import { setTimeout as delay } from 'node:timers/promises';

import { z } from 'zod';

import type { Client } from '../../service/client.ts';

const RETRY_MS = 50;

const received = z.object({ message: z.object({ body: z.string(), from: z.string() }) });

/** What its stream told a subscriber, who comes back behind the last event each time it ends. */
export class Listener {
  readonly told: { readonly text: string; readonly from: string }[] = [];
  /** That something may be missing, as the stream said itself. */
  readonly gaps: string[] = [];
  readonly #find: () => Client;
  readonly #stop = new AbortController();
  readonly #following: Promise<void>;
  #position: string | undefined;

  constructor(find: () => Client) {
    this.#find = find;
    this.#following = this.#follow();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#following;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#read(this.#find());
      } catch {
        // The node is gone, or cannot reach its store: another one is asked, or the same later.
      }
      await delay(RETRY_MS);
    }
  }

  async #read(client: Client): Promise<void> {
    const reader = await client.events(this.#position);
    const cancel = (): void => void reader.close().catch(() => undefined);
    this.#stop.signal.addEventListener('abort', cancel, { once: true });
    try {
      for (let frame = await reader.next(); frame !== null && !this.#stop.signal.aborted; frame = await reader.next()) {
        if (frame.id !== undefined) this.#position = frame.id;
        if (frame.event === 'message.received') {
          const { message } = received.parse(frame.data);
          this.told.push({ text: message.body, from: message.from.replace('@c.us', '') });
        }
        if (frame.event?.includes('gap') === true) this.gaps.push(JSON.stringify(frame.data));
      }
    } finally {
      this.#stop.signal.removeEventListener('abort', cancel);
    }
  }
}
