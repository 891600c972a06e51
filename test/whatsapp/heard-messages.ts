import { expect } from 'vitest';

import type { PageMessage } from '../../src/domain/message.ts';
import type { LinkedDevice } from '../../src/whatsapp/device.ts';

/** What a device has heard, pulled and confirmed as the service does. */
export class HeardMessages {
  readonly messages: PageMessage[] = [];
  readonly #device: Pick<LinkedDevice, 'call'>;
  #confirm: number | null = null;

  constructor(device: Pick<LinkedDevice, 'call'>) {
    this.#device = device;
  }

  /** The message that says this, once the device has heard it. */
  async next(body: string): Promise<PageMessage> {
    const find = async (): Promise<PageMessage | undefined> => {
      await this.pull();
      return this.messages.find((message) => message.body === body);
    };
    await expect.poll(find, { timeout: 30_000, interval: 20 }).toBeDefined();
    const found = this.messages.find((message) => message.body === body);
    if (found === undefined) throw new Error(`Nothing says "${body}".`);
    return found;
  }

  async pull(): Promise<void> {
    const request = { confirm: this.#confirm, limit: 1_000 };
    const { items, upTo } = await this.#device.call('pull', request, AbortSignal.timeout(10_000));
    this.#confirm = upTo;
    for (const item of items) if (item.kind === 'message') this.messages.push(item.message);
  }
}
