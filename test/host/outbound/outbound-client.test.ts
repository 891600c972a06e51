import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';

import { AddressGuard, AddressRefusedError, LOOPBACK_NETS } from '../../../src/host/outbound/address-guard.ts';
import type { Resolver } from '../../../src/host/outbound/address-guard.ts';
import { OutboundClient } from '../../../src/host/outbound/outbound-client.ts';
import { resolverOf } from './resolver-of.ts';

const NEVER = new AbortController().signal;

async function listen(answer: RequestListener): Promise<{ server: Server; port: number }> {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, port: (server.address() as AddressInfo).port };
}

function clientOf(
  resolve: Resolver,
  { allowNets = LOOPBACK_NETS, connectMs = 5_000 }: { allowNets?: readonly string[]; connectMs?: number } = {},
): OutboundClient {
  const client = new OutboundClient({ guard: new AddressGuard({ allowHttp: true, allowNets }, resolve), connectMs });
  onTestFinished(() => client.close());
  return client;
}

const get = { method: 'GET', signal: NEVER } as const;

describe('the outbound client', () => {
  it('connects to the address that its guard was given', async () => {
    const { port } = await listen((request, response) => response.end(`${request.method} ${request.headers.host}`));
    const client = clientOf(resolverOf({ 'hooks.example.com': ['127.0.0.1'] }));
    const answer = await client.send(`http://hooks.example.com:${port}/in`, {
      ...get,
      method: 'POST',
      body: Buffer.from('x'),
    });
    expect(await text(answer)).toBe(`POST hooks.example.com:${port}`);
  });

  it('refuses at the connect a name that resolved to a public address when it was checked', async () => {
    const { server, port } = await listen((_, response) => response.end());
    let requests = 0;
    server.on('connection', () => (requests += 1));
    const answers = ['93.184.216.34', '127.0.0.1'];
    const rebinding: Resolver = async () => [{ address: answers.shift() ?? '127.0.0.1', family: 4 }];
    const guard = new AddressGuard({ allowHttp: true, allowNets: [] }, rebinding);
    const client = new OutboundClient({ guard });
    const url = `http://rebinding.example.com:${port}/`;
    await guard.check(url);
    await expect(client.send(url, get)).rejects.toThrow(AddressRefusedError);
    expect(requests).toBe(0);
  });

  it('refuses a literal address that is never looked up', async () => {
    const { port } = await listen((_, response) => response.end());
    const client = clientOf(resolverOf({}), { allowNets: [] });
    await expect(client.send(`http://127.0.0.1:${port}/`, get)).rejects.toThrow(AddressRefusedError);
  });

  it('takes a redirect for an answer', async () => {
    const asked: string[] = [];
    const { port } = await listen((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(302, { location: `/elsewhere` }).end();
    });
    const answer = await clientOf(resolverOf({})).send(`http://127.0.0.1:${port}/`, get);
    answer.resume();
    expect(answer.statusCode).toBe(302);
    expect(asked).toEqual(['/']);
  });

  it('ends with its signal, in the middle of an answer that drips', async () => {
    const { port } = await listen((_, response) => {
      const drip = setInterval(() => response.write('.'), 5);
      response.on('close', () => clearInterval(drip));
    });
    const over = new AbortController();
    const answer = await clientOf(resolverOf({})).send(`http://127.0.0.1:${port}/`, { ...get, signal: over.signal });
    answer.once('data', () => over.abort());
    await expect(text(answer)).rejects.toThrow(/abort/i);
  });

  it('gives a connection up that does not come about', async () => {
    const silent = createTcpServer();
    const open: Socket[] = [];
    silent.on('connection', (socket) => open.push(socket));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => {
      for (const socket of open) socket.destroy();
      silent.close();
    });
    // TCP connects, TLS never answers.
    const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
    await expect(clientOf(resolverOf({}), { connectMs: 50 }).send(url, get)).rejects.toMatchObject({
      code: 'CONNECT_TIMEOUT',
    });
  });

  it('sends again at once when a kept connection turns out to be closed', async () => {
    let requests = 0;
    const { server, port } = await listen((request, response) => {
      requests += 1;
      // The second request comes in on the kept connection of the first.
      if (requests === 2) return void request.socket.resetAndDestroy();
      response.end(String(requests));
    });
    expect(server.listening).toBe(true);
    const client = clientOf(resolverOf({}));
    const url = `http://127.0.0.1:${port}/`;
    await text(await client.send(url, get));
    expect(await text(await client.send(url, get))).toBe('3');
  });
});
