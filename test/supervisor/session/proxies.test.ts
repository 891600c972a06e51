import { expect, it } from 'vitest';

import { ProxyError } from '../../../src/domain/proxy.ts';
import { sessionKey, type SessionAddress } from '../../../src/domain/session.ts';
import { LOOPBACK_NETS, AddressGuard } from '../../../src/host/outbound/address-guard.ts';
import { launchOutcome } from '../../../src/supervisor/session/device-news.ts';
import { SessionProxies } from '../../../src/vault/session-proxies.ts';
import { KeyRing } from '../../../src/vault/key-ring.ts';
import { session } from '../fleet.ts';
import { useFleet } from '../use-fleet.ts';

const fixture = useFleet();
const SALES = session('sales');
const KEY = sessionKey(SALES);

function proxiesOf({ redis, keys }: Pick<typeof fixture.fleet, 'redis' | 'keys'>): SessionProxies {
  const ring = new KeyRing([{ kid: 'test', key: Buffer.alloc(32, 3) }]);
  const guard = new AddressGuard({ allowHttp: true, allowNets: LOOPBACK_NETS });
  return new SessionProxies({ redis, keys, ring, everybodys: null, guard });
}

it('a session’s page goes through its proxy, and another proxy gives it a fresh browser', async () => {
  const { fleet } = fixture;
  const proxies = proxiesOf(fleet);
  const node = await fleet.node({ proxyOf: (address: SessionAddress) => proxies.of(address) });
  const turn = async (url: string | null) =>
    fleet.store.create(SALES, { start: true, metadata: {}, proxy: await proxies.sealedChange(SALES, url) });
  const ports = () => node.driver.routes.map((route) => route?.proxy.port ?? null);

  await turn('http://127.0.0.1:3001');
  await fleet.link(node, SALES);
  expect(ports()).toEqual([3_001]);
  // The same again: nothing happens.
  expect((await turn('http://127.0.0.1:3001')).changed).toBe(false);
  await turn('socks5://127.0.0.1:3002');
  await expect.poll(ports).toEqual([3_001, 3_002]);
  await fleet.reaches(SALES, 'ready');
  await turn(null);
  await expect.poll(ports).toEqual([3_001, 3_002, null]);
  await fleet.reaches(SALES, 'ready');
});

it('a broken proxy is told as such, and says nothing against the node', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  await fleet.link(node, SALES);
  const { code, message } = new ProxyError('PROXY_REFUSED', 'answered with status 503');
  const lost = { type: 'lost', cause: 'network', fault: { code, message } } as const;
  expect(launchOutcome(lost)).toBe('abandoned');
  node.driver.tell(KEY, lost);
  await fleet.reaches(SALES, 'reconnecting');
  const told = (await fleet.snapshots(SALES)).find(({ session: { lastError } }) => lastError?.code === code);
  expect(told?.session).toMatchObject({ reason: 'network', lastError: { code: 'PROXY_REFUSED', message } });
  await fleet.reaches(SALES, 'ready');
});
