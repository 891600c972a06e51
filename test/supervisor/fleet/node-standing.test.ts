import { afterEach, expect, it } from 'vitest';

import { sessionKey } from '../../../src/domain/session.ts';
import { session } from '../fleet.ts';
import { useFleet } from '../use-fleet.ts';

const fixture = useFleet();
const SALES = session('sales');
const MB = 2 ** 20;
/** Nothing is told by the clock while a test runs. */
const NEVER_MS = 3_600_000;

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** How a node has said that its supervisor stands, each change once, and `forgotten` at its end. */
async function hear(nodeId: string): Promise<readonly string[]> {
  const heard: string[] = [];
  const { redis, keys } = fixture.fleet;
  const monitor = await redis.monitor();
  closing.push(() => monitor.disconnect());
  monitor.on('monitor', (_time: string, [command, key, field, value]: readonly string[]) => {
    if (key !== keys.nodes || field !== nodeId || command?.toLowerCase() === 'hget') return;
    const standing =
      command?.toLowerCase() === 'hdel' ? 'forgotten' : (/"supervisor":"(\w+)"/.exec(value ?? '')?.[1] ?? 'untold');
    if (heard.at(-1) !== standing) heard.push(standing);
  });
  return heard;
}

it('a node says at once how its supervisor stands, from its start to its end', async () => {
  const { fleet } = fixture;
  const heard = await hear('n1');
  const node = await fleet.node({ nodeId: 'n1', sweepMs: NEVER_MS });
  await fleet.link(node, SALES);
  await node.stop();
  await fleet.eventually(
    async () => heard.at(-1) === 'forgotten',
    () => `The node said ${heard.join(', ')}`,
  );
  expect(heard).toEqual(['restoring', 'running', 'draining', 'drained', 'forgotten']);
});

it('a node tells the memory of each ready session’s browser, by the session’s key', async () => {
  const { fleet } = fixture;
  const other = session('other');
  const known = sessionKey(SALES);
  const node = await fleet.node({ simulation: { memoryOf: (key) => (key === known ? 300 * MB : null) } });
  await Promise.all([fleet.link(node, SALES), fleet.link(node, other)]);
  expect(await node.supervisor.browserMemory()).toEqual(new Map([[known, 300 * MB]]));
});
