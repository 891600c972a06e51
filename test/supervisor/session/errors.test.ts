import { expect, it } from 'vitest';

import { sessionKey } from '../../../src/domain/session.ts';
import { sessionBehind } from '../../../src/supervisor/session/attribution.ts';
import type { DeviceEvent } from '../../../src/whatsapp/device.ts';
import { isWithoutHole, session } from '../fleet.ts';
import { useFleet } from '../use-fleet.ts';

const fixture = useFleet();
const SALES = session('sales');
const KEY = sessionKey(SALES);

/** What no driver of ours says: the machine looks the cause up in its table, and errs. */
const NONSENSE = {
  type: 'lost',
  cause: 'nonsense',
  fault: { code: 'TEST', message: 'as the test says' },
} as unknown as DeviceEvent;

it('a session whose machine errs is reaped and restarted, and its siblings do not notice', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  const { session: before } = await fleet.link(node, SALES);
  const { session: sibling } = await fleet.link(node, session('sibling'));
  node.driver.tell(KEY, NONSENSE);
  await fleet.until(SALES, 'ready again', ({ session: now }) => now.state === 'ready' && now.epoch > before.epoch);
  const since = (await fleet.snapshots(SALES)).filter(({ session: now }) => now.rev > before.rev);
  expect(since.map(({ session: now }) => now.value).slice(0, 3)).toEqual([
    'failed.judging',
    'failed.resting',
    'disconnected.queued',
  ]);
  expect(since[1]?.session).toMatchObject({
    reason: 'internal_error',
    lastError: { code: 'INTERNAL' },
    desired: 'running',
  });
  expect(since[1]?.session.reconnect.nextAttemptAt).not.toBeNull();
  expect(isWithoutHole(since)).toBe(true);
  expect((await fleet.store.find(session('sibling')))?.session.rev).toBe(sibling.rev);
  await fleet.eventually(() => node.driver.liveBrowsers === 2, 'one browser each');
});

it('a session that errs too often is parked, and starts again when somebody asks for it', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({ launches: { restartIntensity: 1 } });
  const { session: before } = await fleet.link(node, SALES);
  node.driver.tell(KEY, NONSENSE);
  await fleet.until(SALES, 'ready again', ({ session: now }) => now.state === 'ready' && now.epoch > before.epoch);
  node.driver.tell(KEY, NONSENSE);
  const { session: parked } = await fleet.reaches(SALES, 'failed.parked');
  expect(parked).toMatchObject({
    reason: 'restarts_exhausted',
    desired: 'running',
    reconnect: { nextAttemptAt: null },
  });
  await fleet.eventually(() => node.driver.liveBrowsers === 0, 'a browser is left');
  await fleet.ask(SALES, 'start');
  expect((await fleet.reaches(SALES, 'ready')).session.lastError).toBeNull();
});

it('a stop is not kept waiting by a session that rests after an error', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({ launches: { restartBaseMs: 60_000, restartMaxMs: 60_000 } });
  await fleet.link(node, SALES);
  node.driver.tell(KEY, NONSENSE);
  await fleet.reaches(SALES, 'failed.resting');
  await fleet.ask(SALES, 'stop');
  await fleet.reaches(SALES, 'disconnected.stopped');
});

it('a node that shuts down does not wait for a session that rests after an error', async () => {
  const { fleet } = fixture;
  const node = await fleet.node({ launches: { restartBaseMs: 60_000, restartMaxMs: 60_000 } });
  await fleet.link(node, SALES);
  node.driver.tell(KEY, NONSENSE);
  await fleet.reaches(SALES, 'failed.resting');
  await node.stop();
  await fleet.node({ deadNodes: [] });
  await fleet.reaches(SALES, 'ready');
});

it('an error that nobody caught is told to be the session’s on whose behalf the code ran', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  const seen: (string | undefined)[] = [];
  node.driver.onOpened = () => setTimeout(() => seen.push(sessionBehind()), 1);
  await fleet.link(node, SALES);
  expect(seen).toEqual([KEY]);
  expect(sessionBehind()).toBeUndefined();
});

it('a session that failed by an error outside of its machine is restarted, and one that does not run here is not known', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  const { session: before } = await fleet.link(node, SALES);
  expect(node.supervisor.crash(KEY, new Error('as the test says'))).toBe(true);
  expect(node.supervisor.crash('nobody/none', new Error('as the test says'))).toBe(false);
  await fleet.until(SALES, 'ready again', ({ session: now }) => now.state === 'ready' && now.epoch > before.epoch);
  expect(node.driver.liveBrowsers).toBe(1);
});
