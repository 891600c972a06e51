import { expect, it } from 'vitest';

import { sessionMachine } from '../../../machines/session.machine.ts';
import { sessionKey, type SessionAddress } from '../../../src/domain/session.ts';
import { statesBelow } from '../../machines/transitions.ts';
import { codeOf, type Asked } from '../../store/store-fixture.ts';
import type { Gate } from '../gates.ts';
import type { Fleet } from '../fleet.ts';
import { session } from '../fleet.ts';
import type { NodeSetup, TestNode } from '../node.ts';
import { useFleet } from '../use-fleet.ts';

const fixture = useFleet();
const FAULT = { code: 'TEST', message: 'as the test says' };
const PHONE = '5215550001111';
/** So long that no machine under load moves on before the second intent has come. */
const LONG_MS = 30_000;
/** Waits that end by themselves: long enough to be seen, as a rule. */
const SHORT_MS = 300;

interface Scene {
  readonly fleet: Fleet;
  readonly node: TestNode;
  readonly address: SessionAddress;
}

/** A substate in which something is under way, what leads a ready session there, and the gate that holds it there. */
interface Meanwhile {
  readonly value: string;
  readonly because: string;
  readonly gate: Gate | null;
  readonly begin: (scene: Scene) => unknown;
}

/** A login that no page holds is given up. `value`: where it stands by then. */
const logOutAt = (value: string) => async (scene: Scene) => {
  await ask('stop')(scene);
  await scene.fleet.reaches(scene.address, value);
  await ask('logout')(scene);
};
const ask = (action: Asked) => (scene: Scene) => scene.fleet.ask(scene.address, action);
const lose =
  (cause: 'network' | 'blocked') =>
  ({ node, address }: Scene) =>
    node.driver.tell(sessionKey(address), { type: 'lost', cause, fault: FAULT });
const logOutOnPhone = ({ node, address }: Scene) => node.driver.play(sessionKey(address), { event: 'logout' });
const linkOther = ({ node, address }: Scene) =>
  node.driver.tell(sessionKey(address), {
    type: 'ready',
    account: { phoneNumber: '5215550002222', displayName: null },
  });
const crash = ({ node, address }: Scene) => node.driver.play(sessionKey(address), { event: 'browser_crash' });

const MEANWHILE: readonly Meanwhile[] = [
  { value: 'disconnected.queued', because: 'a restart', gate: 'first sign', begin: ask('restart') },
  { value: 'disconnected.closing', because: 'a stop', gate: 'close', begin: ask('stop') },
  { value: 'disconnected.closing', because: 'a restart', gate: 'close', begin: ask('restart') },
  {
    value: 'disconnected.logging_out.reaching.clearing',
    because: 'a logout',
    gate: 'close',
    begin: logOutAt('disconnected.closing'),
  },
  {
    value: 'disconnected.logging_out.reaching.queued',
    because: 'a logout',
    gate: 'first sign',
    begin: logOutAt('disconnected.stopped'),
  },
  {
    value: 'disconnected.logging_out.reaching.launching',
    because: 'a logout',
    gate: 'first sign',
    begin: logOutAt('disconnected.stopped'),
  },
  { value: 'disconnected.logging_out.unlinking', because: 'a logout', gate: 'unlink', begin: ask('logout') },
  { value: 'disconnected.logging_out.closing', because: 'a logout', gate: 'close', begin: ask('logout') },
  { value: 'disconnected.logging_out.erasing', because: 'a logout', gate: 'erase', begin: ask('logout') },
  { value: 'disconnected.logging_out.closing', because: 'the phone', gate: 'close', begin: logOutOnPhone },
  { value: 'disconnected.logging_out.erasing', because: 'the phone', gate: 'erase', begin: logOutOnPhone },
  { value: 'disconnected.logging_out.erasing', because: 'a deletion', gate: 'erase', begin: ask('delete') },
  { value: 'authenticating.launching', because: 'a restart', gate: 'first sign', begin: ask('restart') },
  { value: 'authenticating.syncing', because: 'a restart', gate: 'ready', begin: ask('restart') },
  { value: 'reconnecting.closing', because: 'a reconnect', gate: 'close', begin: ask('reconnect') },
  { value: 'reconnecting.closing', because: 'the network', gate: 'close', begin: lose('network') },
  { value: 'reconnecting.backoff', because: 'the network', gate: null, begin: lose('network') },
  { value: 'reconnecting.queued', because: 'a crash', gate: 'first sign', begin: crash },
  { value: 'reconnecting.attempting.launching', because: 'a crash', gate: 'first sign', begin: crash },
  { value: 'reconnecting.attempting.syncing', because: 'a crash', gate: 'ready', begin: crash },
  { value: 'failed.closing', because: 'a refusal', gate: 'close', begin: lose('blocked') },
  { value: 'failed.refusing.unlinking', because: 'another phone', gate: 'unlink', begin: linkOther },
  { value: 'failed.refusing.closing', because: 'another phone', gate: 'close', begin: linkOther },
  { value: 'failed.refusing.erasing', because: 'another phone', gate: 'erase', begin: linkOther },
];

/** Passed through in one step, or never written before the next: nothing can be asked while they last. */
const MOMENTS = ['disconnected.closed', 'failed.closed', 'failed.judging'];
/** Nothing is under way there but a wait of the supervisor’s, which a restart and a start end. */
const RESTS = ['failed.resting'];

const SECONDS: readonly Asked[] = [
  'start',
  'create_and_start',
  'rebind',
  'stop',
  'restart',
  'reconnect',
  'logout',
  'delete',
];

const NODE: Partial<NodeSetup> = {
  capacity: 20,
  session: {
    launchTimeoutMs: LONG_MS,
    syncTimeoutMs: LONG_MS,
    closeTimeoutMs: LONG_MS,
    unlinkTimeoutMs: LONG_MS,
    reachTimeoutMs: LONG_MS,
    eraseTimeoutMs: LONG_MS,
    reconnectBaseMs: SHORT_MS,
    reconnectMaxMs: SHORT_MS,
  },
};

/** Whether the session is as the last intent has it. */
async function expectAsAsked({ fleet, address }: Scene, second: Asked, because: string): Promise<void> {
  const stored = await fleet.settled(address);
  if (because === 'a deletion' || second === 'delete') return expect(stored).toBeNull();
  const { state, value, desired } = stored?.session ?? {};
  if (second === 'logout') return expect([value, desired]).toEqual(['disconnected.logged_out', 'stopped']);
  if (second === 'stop')
    return expect([state, desired]).toEqual([state === 'failed' ? 'failed' : 'disconnected', 'stopped']);
  // The other phone was linked by the test to the same simulated device, whose login is revoked with it.
  const isUp =
    because === 'another phone' ? /^(?:ready|waiting_qr|disconnected\.logged_out)\b/ : /^(?:ready|waiting_qr)\b/;
  expect([value, desired]).toEqual([expect.stringMatching(isUp), 'running']);
}

it('each substate in which something is under way has a case here', () => {
  const busy = statesBelow(sessionMachine.root).filter(({ type, path }) => {
    const line = new Set(path.map((_, index) => path.slice(0, index + 1).join('.')));
    const tags = statesBelow(sessionMachine.root).flatMap((state) =>
      line.has(state.path.join('.')) ? state.tags : [],
    );
    return type === 'atomic' && tags.includes('busy');
  });
  const cased = new Set([...MEANWHILE.map(({ value }) => value), ...MOMENTS, ...RESTS]);
  expect([...cased].toSorted()).toEqual(busy.map(({ path }) => path.join('.')).toSorted());
});

it.each(MEANWHILE)(
  'what is asked at $value because of $because is done afterwards',
  { timeout: 120_000 },
  async ({ value, gate, begin, because }) => {
    const { fleet } = fixture;
    const isQueue = value.endsWith('.queued');
    const node = await fleet.node(isQueue ? { ...NODE, launches: { maxConcurrentLaunches: 1 } } : NODE);
    const scenes = SECONDS.map((second) => ({ second, scene: { fleet, node, address: session(second) } }));
    for (const { scene } of scenes) await fleet.link(node, scene.address);
    // Somebody whose launch lasts keeps the others from launching.
    const first = session('first');
    if (isQueue) {
      node.driver.gates.shut(sessionKey(first), 'first sign');
      await fleet.ask(first, 'create_and_start');
      await fleet.reaches(first, 'authenticating.launching');
    }
    await Promise.all(
      scenes.map(async ({ second, scene }) => {
        const key = sessionKey(scene.address);
        if (gate !== null && !isQueue) node.driver.gates.shut(key, gate);
        await begin(scene);
        await fleet.eventually(
          async () => (await fleet.values(scene.address)).includes(value),
          () => `${value} was never reached`,
        );
        const isDeleted = because === 'a deletion';
        const code = await codeOf(fleet.ask(scene.address, second));
        expect(code).toBe(isDeleted && second !== 'delete' ? 'DELETION_PENDING' : 'accepted');
        if (isQueue) node.driver.gates.open(sessionKey(first), 'first sign');
        else if (gate !== null) node.driver.gates.open(key, gate);
        await expectAsAsked(scene, second, because);
      }),
    );
    expect(node.driver.mostAlive).toBeLessThanOrEqual(SECONDS.length + 1);
  },
);

it.each(['closing', 'erasing'] as const)(
  'a start that comes at logging_out.%s after a logout on the phone shows a code',
  async (substate) => {
    const { fleet } = fixture;
    const SALES = session('sales');
    const node = await fleet.node(NODE);
    const gate = substate === 'closing' ? 'close' : 'erase';
    await fleet.link(node, SALES);
    node.driver.gates.shut(sessionKey(SALES), gate);
    logOutOnPhone({ fleet, node, address: SALES });
    await fleet.reaches(SALES, `disconnected.logging_out.${substate}`);
    expect((await fleet.ask(SALES, 'start')).changed).toBe(true);
    node.driver.gates.open(sessionKey(SALES), gate);
    const { session: waiting } = await fleet.reaches(SALES, 'waiting_qr');
    expect(waiting).toMatchObject({ desired: 'running', phoneNumber: null });
    // No seal of an epoch that has forgotten a login is ever taken: the new one must be sealed all the same.
    node.driver.play(sessionKey(SALES), { event: 'scan', phoneNumber: PHONE });
    await fleet.until(SALES, 'durable', ({ session: now }) => now.state === 'ready' && now.durable);
  },
);

it('who starts a session at the moment in which it has come to rest after a logout has a durable login again', async () => {
  const { fleet } = fixture;
  const SALES = session('sales');
  const node = await fleet.node(NODE);
  for (let round = 0; round < 20; round += 1) {
    await fleet.link(node, SALES);
    logOutOnPhone({ fleet, node, address: SALES });
    await fleet.reaches(SALES, 'disconnected.logged_out');
  }
});
