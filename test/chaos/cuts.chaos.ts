import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it, onTestFinished } from 'vitest';

import { sessionKey } from '../../src/domain/session.ts';
import { Line } from '../queue/queue-under-test.ts';
import { Fleet, session } from '../supervisor/fleet.ts';
import { startTestRedis } from '../redis.ts';

// A node is cut off from Redis by a line of the test's own, with the lease as it is in production. Many tries at once:
// each is a fleet of two nodes with a keyspace and a disk of its own.

/** Tries of each cut; twenty for the numbers of docs/reliability.md. */
const TRIES = Number(process.env['CHAOS_TRIES'] ?? 3);
const LOOK_MS = 10;
const LEASE = { lockMs: 12_000, stalledCheckMs: 2_000 };

interface Outcome {
  /** For how long both nodes had a browser for the session (ms). */
  readonly twoOwnersMs: number;
  /** Whether another node launched it. */
  readonly relaunched: boolean;
  /** From the cut to `ready` at the other node (ms). */
  readonly readyElsewhereMs: number | null;
  /** From the cut to `reconnecting`, told by the other node (ms). */
  readonly toldMs: number | null;
}

describe.each([5_000, 20_000, 60_000])('a node that is cut off for %i ms', (cutMs) => {
  it(`shares no login with another node, not for a moment (${TRIES} tries)`, async () => {
    const server = await startTestRedis({ appendOnly: true });
    onTestFinished(() => server.stop());
    const outcomes = await Promise.all(Array.from({ length: TRIES }, () => attempt(new Fleet(server), cutMs)));
    process.stdout.write(`cut of ${cutMs} ms: ${JSON.stringify(outcomes)}\n`);
    for (const { twoOwnersMs } of outcomes) expect(twoOwnersMs).toBe(0);
    if (cutMs < LEASE.lockMs) for (const { relaunched } of outcomes) expect(relaunched).toBe(false);
    else for (const { relaunched } of outcomes) expect(relaunched).toBe(true);
  });
});

async function attempt(fleet: Fleet, cutMs: number): Promise<Outcome> {
  await fleet.renew();
  const sales = session('sales');
  const line = await Line.open(fleet.server.address);
  try {
    const cut = await fleet.node({ ...LEASE, address: line.address, nodeId: 'cut' });
    await fleet.link(cut, sales);
    const other = await fleet.node({ ...LEASE, nodeId: 'other' });
    const at = performance.now();
    let [twoOwnersMs, last]: [number, number] = [0, at];
    const looking = setInterval(() => {
      const now = performance.now();
      if (cut.driver.liveBrowsers > 0 && other.driver.liveBrowsers > 0) twoOwnersMs += now - last;
      last = now;
    }, LOOK_MS);
    line.cut();
    await sleep(cutMs);
    line.mend();
    await fleet.until(sales, 'ready again', ({ session: now }) => now.state === 'ready');
    // Long enough for a former owner to strike back.
    await sleep(10_000);
    clearInterval(looking);
    const snapshots = await fleet.snapshots(sales);
    const started = Date.now() - (performance.now() - at);
    const since = (is: (value: (typeof snapshots)[number]) => boolean): number | null => {
      const found = snapshots.find((one) => is(one));
      return found === undefined ? null : Math.round(Number(found.position.split('-')[0]) - started);
    };
    return {
      twoOwnersMs: Math.round(twoOwnersMs),
      relaunched: other.driver.opened.includes(sessionKey(sales)),
      readyElsewhereMs: since(({ session: now }) => now.state === 'ready' && now.nodeId === 'other'),
      toldMs: since(({ event }) => event === 'node.lost'),
    };
  } finally {
    await fleet.clear();
    await line.close();
    fleet.redis.disconnect();
  }
}
