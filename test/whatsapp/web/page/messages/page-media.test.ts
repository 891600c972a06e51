import type { Page } from 'puppeteer';
import { expect, it } from 'vitest';

import { PageMedia } from '../../../../../src/whatsapp/web/page/messages/page-media.ts';

const FILE = {
  waId: '3EB0000000000000000001',
  chatId: '1@c.us',
  content: { kind: 'media', path: '/tmp/a.pdf', mimetype: 'application/pdf', filename: 'a.pdf', size: 3 },
} as const;

/** A page that uploads for ever, or is done at once, and what it was asked. */
function pageThat(uploads: 'for ever' | 'at once', onLook: () => void = () => undefined) {
  const asked: string[] = [];
  const line = {
    send: async (method: string) => (method === 'Runtime.evaluate' ? { result: { objectId: '1' } } : {}),
    detach: async () => undefined,
  };
  // The one call of the page that giving it a file takes.
  const page = { createCDPSession: async () => line } as unknown as Page;
  const answers: Record<string, unknown> = {
    find: { rows: [] },
    ask: { kind: uploads === 'at once' ? 'uploaded' : 'working' },
    send: { kind: 'accepted', ack: 0 },
  };
  const media = new PageMedia({
    page: () => page,
    ask: async <Result>(name: string) => {
      asked.push(name);
      if (name === 'ask') onLook();
      return answers[name] as Result; // what such a page answers
    },
  });
  return { media, asked };
}

it('hands a file over once it is uploaded', async () => {
  const { media, asked } = pageThat('at once');
  expect(await media.send(FILE, new AbortController().signal)).toEqual({ kind: 'accepted', ack: 0 });
  expect(asked).toEqual(['find', 'upload', 'ask', 'send', 'close']);
});

it('never hands over a file that nobody waits for any more, and lets go of it', async () => {
  const stop = new AbortController();
  const { media, asked } = pageThat('for ever', () => stop.abort());
  await expect(media.send(FILE, stop.signal)).rejects.toThrow('aborted');
  expect(asked).toEqual(['find', 'upload', 'ask', 'close']);
});

it('stops looking for a file to be read that nobody waits for any more', async () => {
  const stop = new AbortController();
  const { media, asked } = pageThat('for ever', () => stop.abort());
  await expect(media.open('true_1@c.us_3EB0', stop.signal)).rejects.toThrow('aborted');
  expect(asked).toEqual(['open', 'ask', 'close']);
});
