import { afterAll, beforeAll, expect, it } from 'vitest';

import { MessageStore, type NewMessage } from '../../src/store/message-store.ts';
import { StoreFixture } from './store-fixture.ts';

let fixture: StoreFixture;
beforeAll(async () => (fixture = await StoreFixture.open()));
afterAll(() => fixture.close());

it('what waits is counted over all sessions, and the oldest is one whose time has come', async () => {
  const messages = new MessageStore({ redis: fixture.redis, keys: fixture.keys, most: 100, onError: () => undefined });
  const { now } = fixture;
  let number = 0;
  const take = async (id: string, createdAt: number, sendAt: number | null): Promise<void> => {
    const waId = `3EB0${(number += 1).toString().padStart(18, '0')}`;
    const message: NewMessage = {
      id: `m_${waId.slice(4)}`,
      waId,
      to: '1',
      chatId: '1@c.us',
      kind: 'message',
      type: 'text',
      onUnknown: 'hold',
      account: null,
      createdAt,
      sendAt,
      expiresAt: now + 1e9,
      body: '',
      fingerprint: waId,
      idempotency: null,
    };
    await messages.enqueue({ userId: 'ana', id }, message);
  };
  expect(await messages.figures(now)).toEqual({ depth: 0, oldestMs: 0 });
  for (const id of ['sales', 'support'])
    await fixture.store().create({ userId: 'ana', id }, { start: false, metadata: {} });
  await take('sales', now - 90_000, now + 60_000);
  expect(await messages.figures(now)).toEqual({ depth: 1, oldestMs: 0 });
  await take('sales', now - 20_000, null);
  await take('support', now - 30_000, null);
  expect(await messages.figures(now)).toEqual({ depth: 3, oldestMs: 30_000 });
  expect(await messages.figures(now + 61_000)).toEqual({ depth: 3, oldestMs: 91_000 });
});
