import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { Session } from '../../src/domain/session.ts';
import { BrowserMemory } from '../../src/store/browser-memory.ts';
import { NODE_TIMEOUT_MS, NodeRegistry } from '../../src/store/nodes.ts';
import type { OwnerSnapshot } from '../../src/store/ownership.ts';
import { createPool } from '../../src/observability/pool.ts';
import { request, snapshot, StoreFixture } from './store-fixture.ts';

const MB = 2 ** 20;

let fixture: StoreFixture;
let memory: BrowserMemory;
let nodes: NodeRegistry;
beforeAll(async () => (fixture = await StoreFixture.open()));
beforeEach(async () => {
  fixture.renew();
  const { redis, keys } = fixture;
  nodes = new NodeRegistry(redis, keys, () => ({ role: 'all', version: '1.0.0', rssBytes: 1 }));
  memory = new BrowserMemory({
    redis,
    keys,
    nodes,
    findAll: (addresses) => fixture.store().findAll(addresses),
  });
  for (const nodeId of ['a', 'b'])
    await nodes.beat({ nodeId, startedAt: 0, sweeps: 0, capacity: 9, pool: createPool().getSnapshot().context });
});
afterAll(() => fixture.close());

/** A session on a node, ready unless the test says something else. */
async function run(userId: string, id: string, nodeId = 'a', over: Partial<OwnerSnapshot> = {}): Promise<Session> {
  await request(fixture.store(), { userId, id }, 'create_and_start');
  const { ownership } = await fixture.claim({ userId, id }, nodeId);
  await ownership.persist(snapshot(over));
  return (await fixture.find({ userId, id })).session;
}
const later = ({ since }: Session): number => Date.parse(since) + 1;

describe('The memory of browsers', () => {
  it('is had of one user’s sessions, or of everybody’s', async () => {
    const at = later(await run('ana', 'sales'));
    await run('ben', 'help', 'b');
    await memory.tell('a', at, new Map([['ana/sales', 300 * MB]]));
    await memory.tell('b', at + 5_000, new Map([['ben/help', 200 * MB]]));
    const [sales, help] = [
      { userId: 'ana', id: 'sales', bytes: 300 * MB, at },
      { userId: 'ben', id: 'help', bytes: 200 * MB, at: at + 5_000 },
    ];
    expect(await memory.read('ana')).toEqual([sales]);
    expect(await memory.read('cid')).toEqual([]);
    expect(await memory.read(null)).toEqual([sales, help]);
  });

  it('is replaced by what a node tells next, and forgotten when that is nothing', async () => {
    const at = later(await run('ana', 'sales'));
    await memory.tell('a', at, new Map([['ana/sales', 300 * MB]]));
    await memory.tell('a', at + 1, new Map([['ana/sales', 310 * MB]]));
    expect(await memory.read(null)).toMatchObject([{ bytes: 310 * MB, at: at + 1 }]);
    await memory.tell('a', at + 2, new Map());
    expect(await fixture.redis.exists(fixture.keys.memory('a'))).toBe(0);
    expect(await memory.read(null)).toEqual([]);
  });

  it('is not known of a browser that the session had before its last change', async () => {
    const { since } = await run('ana', 'sales');
    await memory.tell('a', Date.parse(since) - 1, new Map([['ana/sales', 300 * MB]]));
    expect(await memory.read(null)).toEqual([]);
  });

  it('is not known of a session that is not ready, that another node has, or that is not there', async () => {
    const at = later(await run('ana', 'moved', 'b'));
    await run('ana', 'lost', 'a', { value: 'reconnecting.backoff' });
    await memory.tell('a', at + 60_000, new Map(['ana/moved', 'ana/lost', 'ana/gone'].map((key) => [key, MB])));
    expect(await memory.read(null)).toEqual([]);
  });

  it('is not known from a node that is dead', async () => {
    const at = later(await run('ana', 'sales'));
    await memory.tell('a', at, new Map([['ana/sales', MB]]));
    await fixture.silence('a', NODE_TIMEOUT_MS);
    expect(await memory.read(null)).toEqual([]);
  });

  it('ends by itself when a node tells no more', async () => {
    await memory.tell('a', 1_000_000, new Map([['ana/sales', MB]]));
    const left = await fixture.redis.pttl(fixture.keys.memory('a'));
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(45_000);
  });

  it('that nobody understands hides no other', async () => {
    const at = later(await run('ana', 'sales', 'b'));
    await memory.tell('b', at, new Map([['ana/sales', MB]]));
    for (const damaged of ['{', '{"at":1}', JSON.stringify({ at, bytes: { 'no key': 1 } })]) {
      await fixture.redis.set(fixture.keys.memory('a'), damaged);
      expect(await memory.read(null)).toHaveLength(1);
    }
  });
});
