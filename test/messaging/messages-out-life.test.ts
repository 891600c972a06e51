import { afterAll, beforeAll, expect, it } from 'vitest';

import { startTestRedis, type TestRedis } from '../redis.ts';
import { BEN, SendingService } from './sending-service.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startTestRedis();
});
afterAll(() => redis.stop());

const start = async (over?: Parameters<typeof SendingService.start>[1]): Promise<SendingService> =>
  SendingService.start(redis.address, over);

it('what is done to a message goes through the outbox, and a received one cannot be taken back', async () => {
  const service = await start();
  await service.ready();
  const { id, waId } = await service.send('tyop');
  await service.becomes(id, 'delivered');
  const edit = await service.call('PATCH', `/sessions/sales/messages/${String(waId)}`, { text: 'typo' });
  expect([edit.status, edit.json['type']]).toEqual([202, 'other']);
  await service.becomes(edit.json['id'], 'sent');
  const react = await service.call('PUT', `/sessions/sales/messages/${String(id)}/reaction`, { emoji: '👍' });
  await service.becomes(react.json['id'], 'sent');
  const revoke = await service.call('POST', `/sessions/sales/messages/${String(id)}/revoke`);
  await service.becomes(revoke.json['id'], 'sent');
  const received = await service.call('POST', `/sessions/sales/messages/false_${BEN}@c.us_3EB0AA/revoke`);
  expect([received.status, received.json['code']]).toEqual([409, 'NOT_REVOCABLE']);
  expect((await service.call('PATCH', '/sessions/sales/messages/m_none', { text: 'x' })).status).toBe(404);
});

it('what comes too late expires though nobody runs the session', async () => {
  const service = await start();
  await service.call('POST', '/sessions', { id: 'sales', start: false });
  const { id } = await service.send('late', { expiresAt: new Date(service.clock.now() + 20_000).toISOString() });
  // One look at the outboxes after another, until one has come to its end.
  await service.until(async () => {
    await service.clock.advance(15_000);
    return (await service.message(id))['status'] === 'expired';
  });
  expect(await service.message(id)).toMatchObject({ error: { code: 'EXPIRED' } });
});

it('a file is taken along by a message: kept sealed, and refused where its URL must not be fetched', async () => {
  const service = await start();
  await service.ready();
  const data = Buffer.from('%PDF-1.7 a file').toString('base64');
  const { json } = await service.call('POST', '/sessions/sales/messages', {
    to: BEN,
    media: { data, mimetype: 'application/pdf', filename: 'a.pdf' },
  });
  await service.becomes(json['id'], 'delivered');
  expect(service.sent).toEqual(['media']);
  const refused = await service.call('POST', '/sessions/sales/messages', {
    to: BEN,
    media: { url: 'http://10.0.0.1/secret' },
  });
  expect([refused.status, refused.json['code']]).toEqual([400, 'MEDIA_URL_REFUSED']);
  const gone = await service.call('POST', '/sessions/sales/messages', { to: BEN, media: { id: 'media_none' } });
  expect(await service.becomes(gone.json['id'], 'failed')).toMatchObject({ error: { code: 'MEDIA_UNREACHABLE' } });
});

it('what a session sends outlives the service, and goes out once', async () => {
  const prefix = 'again';
  const first = await start({ prefix });
  await first.ready();
  await first.call('POST', '/sessions/sales/stop?wait=20');
  const { id } = await first.send('after the restart');
  await first.stop();
  const second = await start({ prefix });
  await second.call('POST', '/sessions/sales/start');
  await second.until(async () =>
    ['ready', 'waiting_qr'].includes(String((await second.call('GET', '/sessions/sales/status')).json['state'])),
  );
  await second.becomes(id, 'delivered');
  expect(second.sent).toEqual(['after the restart']);
});

it('a file is sent as what its first bytes say, but for what the caller says', async () => {
  const service = await start();
  await service.ready();
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  );
  const keep = async (bytes: Buffer, type: string): Promise<unknown> => (await service.upload(bytes, type)).json['id'];
  const media = [
    { id: await keep(png, 'application/octet-stream') },
    { id: await keep(Buffer.from('only words'), 'text/plain') },
    { id: await keep(png, 'text/plain'), mimetype: 'application/x-mine' },
  ];
  for (const one of media) {
    const { json } = await service.call('POST', '/sessions/sales/messages', { to: BEN, media: one });
    await service.becomes(json['id'], 'delivered');
  }
  expect(service.sentTypes).toEqual(['image/png', 'text/plain', 'application/x-mine']);
});
