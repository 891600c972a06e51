import { describe, expect, it, onTestFinished } from 'vitest';

import { startTestService } from '../../src/test-kit/test-service.ts';
import { Receiver } from '../../src/test-kit/receiver.ts';
import { comparePositions } from '../../src/store/position.ts';
import type { WebhookDelivery } from '../../src/client/verify-webhook.ts';
import { StoreFixture } from '../store/store-fixture.ts';
import { WebhooksFixture } from './webhooks-fixture.ts';

const SALES = { userId: 'ana', id: 'sales' };

const isInOrder = (deliveries: readonly WebhookDelivery[]): boolean => {
  const positions = deliveries.map(({ data }) => String(data.position));
  return positions.every(
    (position, index) => index === 0 || comparePositions(positions[index - 1] ?? '', position) < 0,
  );
};

describe('Webhooks, when Redis crashes and comes back,', () => {
  it('lose nothing, keep the order, and repeat only under the same id', async () => {
    const stored = await StoreFixture.open({ appendOnly: true });
    onTestFinished(() => stored.close());
    const fixture = new WebhooksFixture(stored);
    const { administration } = await fixture.node();
    await fixture.session(SALES);
    const { receiver } = await fixture.endpoint(administration);
    receiver.delayMs = 20;
    await fixture.changes(SALES, 40);
    await receiver.takes(10);
    await stored.server.restart();
    const deliveries = await receiver.takes(40, 30_000);
    expect(deliveries).toHaveLength(40);
    expect(isInOrder(deliveries)).toBe(true);
    // What was in the air when Redis went may come once more.
    expect(receiver.doubles).toBeLessThanOrEqual(2);
  });
});

describe('Webhooks, when the process that delivers is killed,', () => {
  it('lose nothing, keep the order, and repeat only under the same id', async () => {
    const service = await startTestService();
    onTestFinished(() => service.stop());
    const receiver = await Receiver.start({ delayMs: 40 });
    onTestFinished(() => receiver.close());
    const client = service.client('ana');
    await service.bring('sales', 'ready', 'ana');
    const { secret } = await client.webhooks.create({ url: receiver.url, events: ['message.received'] });
    receiver.secret = secret;
    const told = new AbortController();
    const seen = (async () => {
      let count = 0;
      for await (const event of client.events({ types: ['message.received'], signal: told.signal }))
        if (event.type === 'message.received' && (count += 1) === 20) return;
    })();
    const texts = Array.from({ length: 20 }, (_, number) => `message ${number}`);
    for (const text of texts) await service.phone('sales', 'ana').receive(text);
    await seen;
    told.abort();
    for (const enough of [3, 9]) {
      await receiver.until(() => receiver.deliveries.length >= enough, 60_000);
      await service.restart('SIGKILL');
    }
    const deliveries = await receiver.takes(20, 60_000);
    expect(deliveries.map(({ data }) => (data['message'] as { body: string }).body)).toEqual(texts);
    // What was in the air at each of the two kills.
    expect(receiver.doubles).toBeLessThanOrEqual(2);
    expect(receiver.forged).toBe(0);
  }, 180_000);
});
