import { once } from 'node:events';
import { get } from 'node:http';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

import { describe, expect, it, onTestFinished } from 'vitest';

import { parseProxy, type Proxy } from '../../../src/domain/proxy.ts';
import { AddressGuard, LOOPBACK_NETS } from '../../../src/host/outbound/address-guard.ts';
import { ProxyForwarder } from '../../../src/host/outbound/proxy-forwarder.ts';
import { TestProxy, type TestProxyOptions } from './test-proxy.ts';

const USER = { name: 'ana', password: 'p:ss/w@rd' };
const guard = new AddressGuard({ allowHttp: true, allowNets: LOOPBACK_NETS });

/** A server that says what it hears. */
async function echo(): Promise<number> {
  const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

function proxyAt(url: string): Proxy {
  const proxy = parseProxy(url);
  if (proxy === null) throw new Error(`${url} is no proxy`);
  return proxy;
}

async function forwarderTo(url: string, resolve = (name: string) => guard.resolve(name)): Promise<ProxyForwarder> {
  const forwarder = await ProxyForwarder.start({ proxy: proxyAt(url), resolve });
  onTestFinished(() => forwarder.close());
  return forwarder;
}

async function testProxy(kind: TestProxy['kind'], options?: TestProxyOptions): Promise<TestProxy> {
  const proxy = await TestProxy.start(kind, options);
  onTestFinished(() => proxy.close());
  return proxy;
}

/** Asks as a browser does; the first line of the answer, and the connection. */
async function ask(forwarder: ProxyForwarder, authority: string): Promise<{ status: string; socket: Socket }> {
  const socket = connect(Number(new URL(forwarder.url).port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  return { status: answer.toString().split('\r\n')[0] ?? '', socket };
}

describe.each(['http', 'socks5'] as const)('Through a proxy that speaks %s and wants a password', (kind) => {
  it('a connection is made that carries both ways', async () => {
    const proxy = await testProxy(kind, { user: USER });
    const forwarder = await forwarderTo(proxy.url);
    const port = await echo();
    const { status, socket } = await ask(forwarder, `127.0.0.1:${port}`);
    expect(status).toContain('200');
    socket.write('to and fro');
    expect(String(await once(socket, 'data'))).toBe('to and fro');
    expect(forwarder.fault).toBeNull();
    expect(proxy.asked).toEqual([`127.0.0.1:${port}`]);
  });

  it('a name is left to the proxy to look up', async () => {
    const port = await echo();
    const proxy = await testProxy(kind, { user: USER, leadTo: () => ({ host: '127.0.0.1', port }) });
    const { status } = await ask(await forwarderTo(proxy.url), 'web.whatsapp.com:443');
    expect(status).toContain('200');
    expect(proxy.asked).toEqual(['web.whatsapp.com:443']);
  });

  it('a password that is not right is told as refused, until it is', async () => {
    const proxy = await testProxy(kind, { user: USER });
    const forwarder = await forwarderTo(proxy.url);
    proxy.user = { ...USER, password: 'another' };
    const { status } = await ask(forwarder, `127.0.0.1:${await echo()}`);
    expect(status).toContain('502');
    expect(forwarder.fault).toMatchObject({ code: 'PROXY_REFUSED' });
    expect(forwarder.fault?.message).not.toContain(USER.password);
    proxy.user = USER;
    expect((await ask(forwarder, `127.0.0.1:${await echo()}`)).status).toContain('200');
    expect(forwarder.fault).toBeNull();
  });

  it('one that is not there is told as unreachable', async () => {
    const proxy = await testProxy(kind);
    const { url } = proxy;
    await proxy.close();
    const forwarder = await forwarderTo(url);
    expect((await ask(forwarder, '127.0.0.1:1')).status).toContain('502');
    expect(forwarder.fault).toMatchObject({
      code: 'PROXY_UNREACHABLE',
      message: "The session's proxy cannot be reached: ECONNREFUSED.",
    });
  });

  it('whoever is connected hears that the proxy has gone', async () => {
    const proxy = await testProxy(kind);
    const { socket } = await ask(await forwarderTo(proxy.url), `127.0.0.1:${await echo()}`);
    proxy.cut();
    await once(socket, 'close');
  });
});

describe('The forwarder', () => {
  it('tells what an HTTP proxy answers instead of a connection', async () => {
    const proxy = await testProxy('http');
    proxy.status = 503;
    const forwarder = await forwarderTo(proxy.url);
    await ask(forwarder, '127.0.0.1:1');
    expect(forwarder.fault?.message).toBe("The session's proxy answered with status 503.");
  });

  it('tells of one that speaks something else', async () => {
    const forwarder = await forwarderTo(`http://127.0.0.1:${await echo()}`);
    await ask(forwarder, '127.0.0.1:1');
    expect(forwarder.fault).toMatchObject({ code: 'PROXY_REFUSED' });
  });

  it('goes to no address that is refused, whatever the name resolves to by now', async () => {
    const proxy = await testProxy('http');
    const strict = new AddressGuard({ allowHttp: true, allowNets: [] });
    const forwarder = await forwarderTo(proxy.url, (name) => strict.resolve(name));
    await ask(forwarder, '127.0.0.1:1');
    expect(forwarder.fault?.message).toBe("The session's proxy cannot be reached: its address is not public.");
    expect(proxy.asked).toEqual([]);
  });

  it('cannot be used by asking it for a path, or for what is no place', async () => {
    const proxy = await testProxy('http');
    const forwarder = await forwarderTo(proxy.url);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      get(`${forwarder.url}/http://127.0.0.1/`, ({ statusCode }) => resolve(statusCode)).on('error', reject);
    });
    expect(status).toBe(405);
    expect((await ask(forwarder, 'no port')).status).toContain('400');
    expect(proxy.asked).toEqual([]);
  });

  it('ends every connection when it is closed', async () => {
    const proxy = await testProxy('socks5');
    const forwarder = await forwarderTo(proxy.url);
    const { socket } = await ask(forwarder, `127.0.0.1:${await echo()}`);
    const closed = once(socket, 'close');
    await forwarder.close();
    await closed;
  });
});
