import { describe, expect, it, onTestFinished } from 'vitest';

import { parseProxy } from '../../../src/domain/proxy.ts';
import type { ProxyRoute } from '../../../src/host/outbound/proxy-connection.ts';
import { AddressGuard, LOOPBACK_NETS } from '../../../src/host/outbound/address-guard.ts';
import { TestProxy } from '../../host/outbound/test-proxy.ts';
import { ContractFixture, type Opened } from '../contract/contract-fixture.ts';
import type { Subject } from '../contract/driver-environment.ts';
import { EventLog } from '../device-events.ts';
import { createChromiumFixture, type ChromiumFixture } from './chromium-fixture.ts';

const DEADLINE_MS = 60_000;
const USER = { name: 'ana', password: 'p:ss/w@rd' };
const guard = new AddressGuard({ allowHttp: true, allowNets: LOOPBACK_NETS });

const chromium = new ContractFixture(() => createChromiumFixture(), DEADLINE_MS);
chromium.install();
const environment = () => chromium.environment as ChromiumFixture;

/** Leads web.whatsapp.com to the address by which the test's server knows the newest browser. */
function leadTo(): { host: string; port: number } {
  const { web } = environment();
  const pid = web.launches().at(-1)?.pid ?? 0;
  return {
    host: `127.${64 + Math.floor(pid / 65_536)}.${Math.floor(pid / 256) % 256}.${pid % 256}`,
    port: web.port,
  };
}

async function testProxy(kind: TestProxy['kind']): Promise<TestProxy> {
  const proxy = await TestProxy.start(kind, { user: USER, leadTo });
  onTestFinished(() => proxy.close());
  return proxy;
}

function routeTo(url: string): ProxyRoute {
  const proxy = parseProxy(url);
  if (proxy === null) throw new Error(`${url} is no proxy`);
  return { proxy, resolve: (hostname) => guard.resolve(hostname) };
}

function open(subject: Subject, proxy: ProxyRoute): Opened {
  const { driver } = environment();
  const log = new EventLog(DEADLINE_MS);
  const credentials = driver.credentials(subject.profileDir);
  const browser = driver.open({ key: subject.key, credentials, pairWith: null, proxy, onEvent: log.push });
  return { browser, log, subject };
}

describe('A session with a proxy that wants a password', { timeout: DEADLINE_MS * 2 }, () => {
  it.each(['http', 'socks5'] as const)('(%s) is linked through it, and comes back through another', async (kind) => {
    const subject = chromium.subject();
    const proxy = await testProxy(kind);
    const first = open(subject, routeTo(proxy.url));
    const { qr } = await first.log.next('qr');
    expect(await environment().scan(qr.code, subject)).toEqual({ kind: 'linked' });
    await first.log.next('ready');
    await chromium.close(first);
    expect(proxy.refused).toBe(0);
    expect(new Set(proxy.asked)).toEqual(new Set(['web.whatsapp.com:443']));

    // A page that was linked before loads from what it kept, and connects all the same.
    const another = await testProxy(kind === 'http' ? 'socks5' : 'http');
    const second = open(subject, routeTo(another.url));
    await second.log.next('ready');
    expect(another.asked).toContain('web.whatsapp.com:443');
    expect(environment().launch(subject).args.join(' ')).not.toContain(USER.password);
    await chromium.close(second);
  });

  it('tells a refusal as the proxy’s, with what the browser says', async () => {
    const proxy = await testProxy('http');
    const { url } = proxy;
    proxy.user = { ...USER, password: 'another' };
    const { log } = open(chromium.subject(), routeTo(url));
    expect(await log.next('lost')).toMatchObject({
      cause: 'network',
      fault: {
        code: 'PROXY_REFUSED',
        message: "The session's proxy refuses this user and password (status 407) (net::ERR_TUNNEL_CONNECTION_FAILED).",
      },
    });
  });

  it('tells of one that is not there', async () => {
    const proxy = await testProxy('socks5');
    const { url } = proxy;
    await proxy.close();
    const { log } = open(chromium.subject(), routeTo(url));
    expect(await log.next('lost')).toMatchObject({ cause: 'network', fault: { code: 'PROXY_UNREACHABLE' } });
  });
});
