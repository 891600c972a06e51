import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { listen, type Listener } from '../../../src/api/http/listen.ts';
import { EMPTY_DETAIL } from '../../../src/store/session-hash.ts';
import { ApiFixture } from '../api-fixture.ts';
import { EventReader } from '../streams/event-reader.ts';

let fixture: ApiFixture;
let listener: Listener;
const sockets: Socket[] = [];
beforeAll(async () => (fixture = await ApiFixture.open()));
beforeEach(async () => {
  await fixture.renew();
  await serve();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await listener.close(0);
});
afterAll(() => fixture.close());

const serve = async (requestTimeoutMs = 15_000): Promise<void> => {
  listener = await listen(fixture.app, { host: '127.0.0.1', port: 0, requestTimeoutMs });
};
const fetchAs = async (
  path: string,
  init: { readonly method?: string; readonly body?: string } = {},
): Promise<Response> =>
  fetch(`http://127.0.0.1:${listener.port}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${await fixture.token()}`, 'content-type': 'application/json' },
  });

/** A connection on which anything may be said. */
function dial(): Socket {
  const socket = connect(listener.port, '127.0.0.1');
  socket.on('error', () => undefined);
  sockets.push(socket);
  return socket;
}

async function answerTo(said: string): Promise<string> {
  const socket = dial();
  socket.write(said);
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

const head = async (more: string): Promise<string> =>
  `POST /api/sessions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${await fixture.token()}\r\ncontent-type: application/json\r\n${more}`;

describe('over a socket', () => {
  it('a session is created, read and followed', async () => {
    const created = await fetchAs('/api/sessions', { method: 'POST', body: '{"id":"a"}' });
    expect(created.status).toBe(201);
    const stream = new EventReader(await fetchAs('/api/events'));
    expect(await stream.event()).toMatchObject({ event: 'session.snapshot', data: { id: 'a', rev: 1 } });
    await fixture.persist('a');
    expect(await stream.event()).toMatchObject({ data: { rev: 2 } });
    await stream.close();
  });

  it('a chunked body without a length is cut off at 64 KB', async () => {
    const socket = dial();
    socket.write(`${await head('transfer-encoding: chunked')}\r\n\r\n`);
    for (let chunk = 0; chunk < 5; chunk += 1) socket.write(`4000\r\n${' '.repeat(0x4000)}\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer]; // a socket's data comes as buffers
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('a body that comes too slowly is refused, and its connection closed', async () => {
    await listener.close(0);
    await serve(200);
    const answer = await answerTo(`${await head('content-length: 100')}\r\n\r\n{"id":`);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('REQUEST_TIMEOUT');
  });

  it('headers that come too slowly are refused too', async () => {
    await listener.close(0);
    await serve(200);
    expect(await answerTo('GET /api/sessions HTTP/1.1\r\nhost: x\r\nx-slow: ')).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('a connection that idles for longer than a request may take is kept for the next one', async () => {
    await listener.close(0);
    await serve(200);
    const socket = dial();
    const answers: string[] = [];
    socket.setEncoding('utf8').on('data', (text: string) => answers.push(text));
    const ask = `${await head('content-length: 0')}\r\n\r\n`;
    socket.write(ask);
    await expect.poll(() => answers.length).toBe(1);
    // Node has looked for connections that are too slow: it has ended one that began after this one.
    await answerTo('GET /api/sessions HTTP/1.1\r\n');
    socket.write(ask);
    await expect.poll(() => answers.length).toBe(2);
    expect(answers.at(-1)).toMatch(/^HTTP\/1\.1 \d{3} /);
    expect(answers.at(-1)).not.toContain('408');
    expect(answers.at(0)).toMatch(/keep-alive: timeout=65\r/i);
    socket.destroy();
  });

  it('headers larger than 16 KB are refused', async () => {
    const answer = await answerTo(`GET /api/sessions HTTP/1.1\r\nhost: x\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer).toContain('HEADERS_TOO_LARGE');
  });

  it.each([
    'nonsense\r\n\r\n',
    'GET /api/sessions HTTP/1.1\r\nhost: x\r\nx-split: a\rb\r\n\r\n',
    'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
  ])('what is not HTTP, or could be read in two ways, is 400 (%#)', async (said) => {
    expect(await answerTo(said)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('a client that goes away in the middle of its body harms nobody', async () => {
    const socket = dial();
    socket.write(`${await head('content-length: 100\r\nexpect: 100-continue')}\r\n\r\n`);
    await once(socket, 'data');
    socket.write('{"id":');
    socket.destroy();
    expect((await fetchAs('/api/sessions')).status).toBe(200);
    expect(fixture.log.filter(({ level }) => level === 50)).toEqual([]);
  });

  it('a client that does not read is cut off, and slows nobody', async () => {
    await listener.close(0);
    await fixture.renew({ streams: { maxQueuedEvents: 50 } });
    await serve();
    await fetchAs('/api/sessions', { method: 'POST', body: '{"id":"a"}' });
    const quick = new EventReader(await fetchAs('/api/events'));
    await quick.event();
    const stalled = dial();
    stalled.write(`GET /api/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${await fixture.token()}\r\n\r\n`);
    const closed = new Promise((resolve) => stalled.once('close', resolve));
    // Its stream is open, and it reads no more of it.
    await once(stalled, 'data');
    stalled.pause();
    // Large enough to fill what the kernel keeps for a connection.
    const lastError = { code: 'X', message: 'x'.repeat(100_000), at: '2026-01-01T00:00:00.000Z' };
    let rev = 1;
    while (!fixture.log.some(({ msg }) => msg === 'a client reads its stream too slowly and is dropped')) {
      rev = (await fixture.persist('a', { detail: { ...EMPTY_DETAIL, lastError } })).rev;
      expect((await quick.event()).data?.['rev']).toBe(rev);
    }
    stalled.resume();
    await closed;
    expect((await fixture.persist('a')).rev).toBe(rev + 1);
    expect((await quick.event()).data?.['rev']).toBe(rev + 1);
    await quick.close();
  });
});

describe('closing', () => {
  it('ends streams with a hint, and idle connections at once', async () => {
    await fetchAs('/api/sessions', { method: 'POST', body: '{"id":"a"}' });
    const stream = new EventReader(await fetchAs('/api/events'));
    await stream.event();
    fixture.lifecycle.drain();
    const closed = listener.close(10_000);
    expect((await stream.rest()).at(-1)).toMatchObject({ comment: 'this node is shutting down: connect again' });
    await closed;
    await expect(fetchAs('/api/sessions')).rejects.toThrow(/fetch failed/);
  });

  it('cuts what is still open at the deadline', async () => {
    await fetchAs('/api/sessions', { method: 'POST', body: '{"id":"a"}' });
    const stream = new EventReader(await fetchAs('/api/events'));
    await stream.event();
    await listener.close(50);
    await expect(stream.rest()).rejects.toThrow();
  });
});

it('a port that is taken is said in one line', async () => {
  await expect(listen(fixture.app, { host: '127.0.0.1', port: listener.port })).rejects.toThrow(
    /^The API cannot listen on 127\.0\.0\.1:\d+: something else listens there\. Choose another PORT\.$/,
  );
});
