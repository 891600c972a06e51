import { expect, it } from 'vitest';
import { z } from 'zod';

import { messageRecordSchema, type MessageRecord } from '../../src/domain/message-record.ts';
import type { Client } from '../service/client.ts';
import { createEndToEndFixture, link } from './end-to-end-fixture.ts';

const NUMBER = '491700000001';
const BEN = '491700000009';
const PAGE = z.object({ items: z.array(messageRecordSchema), nextCursor: z.string().nullable() });
const OUT: ReadonlySet<string> = new Set(['sent', 'delivered', 'read']);

async function send(client: Client, text: string): Promise<MessageRecord> {
  const answer = await client.call('POST', '/api/sessions/sales/messages', { to: BEN, text });
  expect(answer.status).toBe(202);
  return messageRecordSchema.parse(await answer.json());
}

/** Oldest first. */
async function records(client: Client): Promise<readonly MessageRecord[]> {
  const answer = await client.call('GET', '/api/sessions/sales/messages?limit=200');
  return PAGE.parse(await answer.json()).items.toReversed();
}

const unpaced = (client: Client): Promise<Response> =>
  client.call('PUT', '/api/sessions/sales/pacing', { burst: 1_000, perSecond: 1_000, jitter: 0 });

it('texts go out through a real browser, under the ids that they were promised', async () => {
  const fixture = await createEndToEndFixture();
  const { client } = await fixture.start();
  await link(fixture, client, 'sales', NUMBER);
  await unpaced(client);
  const phone = fixture.web.phone(NUMBER, 'Ada');
  for (const text of ['one', 'two', 'three']) await send(client, text);
  await expect
    .poll(async () => (await records(client)).map(({ status }) => status), { timeout: 60_000 })
    .toEqual(['sent', 'sent', 'sent']);
  expect(phone.sent().map(({ body }) => body)).toEqual(['one', 'two', 'three']);
  const ids = (await records(client)).map(({ waId }) => waId);
  expect(phone.arrivals().map((id) => id.split('_').at(-1))).toEqual(ids);
});

it('none is lost, none is sent twice and none is told wrongly, though browser and service are killed meanwhile', async () => {
  const fixture = await createEndToEndFixture();
  const first = await fixture.start();
  await link(fixture, first.client, 'sales', NUMBER);
  await unpaced(first.client);
  const phone = fixture.web.phone(NUMBER, 'Ada');
  const texts = Array.from({ length: 200 }, (_, index) => `text ${index}`);
  for (const text of texts) await send(first.client, text);
  const arrived = async (count: number): Promise<void> => {
    await expect.poll(() => phone.sent().length, { timeout: 120_000 }).toBeGreaterThanOrEqual(count);
  };

  // The browser, in the middle of a hand-over as often as not.
  await arrived(10);
  for (const browser of fixture.liveBrowsers()) process.kill(-browser.pid, 'SIGKILL');
  const afterBrowser = phone.sent().length;
  await arrived(Math.min(texts.length, afterBrowser + 10));
  // The service, and its browser with it.
  await first.service.end('SIGKILL');
  const { client } = await fixture.start();
  await expect
    .poll(async () => (await records(client)).filter(({ status }) => !OUT.has(status)), { timeout: 180_000 })
    .toEqual([]);

  const bodies = phone.sent().map(({ body }) => body);
  expect(bodies.toSorted()).toEqual(texts.toSorted());
  expect(bodies).toEqual(texts);
  const arrivals = phone.arrivals();
  expect(new Set(arrivals).size).toBe(texts.length);
});
