import { describe, expect, it } from 'vitest';

import { useTestService } from '../test-kit/service.ts';

const BEN = '5215550002222';
const WITHIN = { timeoutMs: 20_000 };

const service = useTestService();

it('Messages that come in are read one after another, and from where they were left', async () => {
  const session = service().client('messages').session('sales');
  const phone = service().phone('sales', 'messages');
  await service().bring('sales', 'ready', 'messages');
  const present = await session.events().next();
  const lastEventId = present.value?.position ?? null;
  for (const text of ['one', 'two', 'three']) await phone.receives(text);
  const read: string[] = [];
  let left: string | null = null;
  for await (const message of session.messages({ lastEventId })) {
    read.push(message.body);
    left = message.position;
    if (read.length === 2) break;
  }
  for await (const message of session.messages({ lastEventId: left })) {
    read.push(message.body);
    break;
  }
  expect(read).toEqual(['one', 'two', 'three']);
});

describe('A message that goes out', () => {
  it('is waited for: sent, and whatever comes behind that', async () => {
    const session = service().client('out').session('sales');
    await service().bring('sales', 'ready', 'out');
    const message = await session.messages.send({ to: BEN, text: 'hello' });
    expect(message).toMatchObject({ to: BEN, type: 'text' });
    expect(['sent', 'delivered', 'read']).toContain((await message.until('sent', WITHIN)).status);
    const delivered = await message.until('delivered', WITHIN);
    expect(delivered.deliveredAt).not.toBeNull();
    // At once, with what is known: nothing is asked any more.
    expect(await (await session.messages.get(message.waId)).until(['delivered', 'failed'])).toMatchObject({
      id: message.id,
    });
    expect((await session.messages.list({ status: delivered.status })).items.map(({ id }) => id)).toEqual([message.id]);
  });

  it('is taken once, though the answer to its first call was lost', async () => {
    await service().bring('sales', 'ready', 'lost');
    let calls = 0;
    const losing: typeof fetch = async (url, init) => {
      const answer = await fetch(url, init);
      if (init?.method === 'POST' && (calls += 1) === 1) throw new TypeError('fetch failed');
      return answer;
    };
    const { messages } = service()
      .client('lost', { fetch: losing, timing: { retryMs: 10 } })
      .session('sales');
    const message = await messages.send({ to: BEN, text: 'once' });
    expect(calls).toBe(2);
    expect((await messages.list()).items.map(({ id }) => id)).toEqual([message.id]);
  });

  it('that ends otherwise than was waited for says how', async () => {
    const { messages } = service().client('ends').session('sales');
    await service().client('ends').sessions.ensure('sales', { start: false });
    const message = await messages.send({ to: BEN, text: 'too soon' });
    const ended = message.until('sent', WITHIN).catch((error: unknown) => error);
    expect(await messages.cancel(message.id)).toMatchObject({ status: 'cancelled' });
    expect(await ended).toMatchObject({
      name: 'MessageEndedError',
      record: { id: message.id, status: 'cancelled' },
    });
    expect(await (await messages.get(message.id)).until('cancelled')).toMatchObject({ id: message.id });
  });

  it('that does not come so far in time says how it stands, and a signal ends the wait', async () => {
    const { messages } = service().client('slow').session('sales');
    await service().client('slow').sessions.ensure('sales', { start: false });
    const message = await messages.send({ to: BEN, text: 'waits' });
    await expect(message.until('sent', { timeoutMs: 50 })).rejects.toMatchObject({
      name: 'MessageTimeoutError',
      record: { status: 'queued', heldBy: 'session' },
    });
    await expect(message.until('sent', { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });

  it('that is unknown is resolved by a person, and only such a one', async () => {
    const { messages } = service().client('unknown').session('sales');
    await service().bring('sales', 'ready', 'unknown');
    await service().play('sales', { event: 'lose_send', when: 'in_page' }, 'unknown');
    const message = await messages.send({ to: BEN, text: 'silence' });
    await message.until('unknown', WITHIN);
    expect(await messages.resolve(message.id, 'sent')).toMatchObject({ status: 'sent' });
    expect(await message.until('sent', WITHIN)).toMatchObject({ id: message.id });
    await expect(messages.resolve(message.id, 'failed')).rejects.toMatchObject({ code: 'NOT_UNKNOWN' });
  });

  it('is edited, reacted to and revoked in its chat’s order', async () => {
    const { messages } = service().client('acts').session('sales');
    await service().bring('sales', 'ready', 'acts');
    const message = await messages.send({ to: BEN, text: 'tyop' });
    await message.until('delivered', WITHIN);
    const acts = [
      await messages.edit(message.id, 'typo'),
      await messages.react(message.id, '👍'),
      await messages.takeReactionBack(message.id),
      await messages.revoke(message.id),
    ];
    for (const act of acts) expect((await act.until('sent', WITHIN)).type).toBe('other');
    await expect(messages.revoke(`false_${BEN}@c.us_3EB0AA`)).rejects.toMatchObject({ code: 'NOT_REVOCABLE' });
  });

  it('has a media file only where one came', async () => {
    const { messages } = service().client('media').session('sales');
    await service().bring('sales', 'ready', 'media');
    await expect(messages.media('none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
