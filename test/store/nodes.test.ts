import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { NODE_TIMEOUT_MS, NodeRegistry } from '../../src/store/nodes.ts';
import { createPool } from '../../src/observability/pool.ts';
import { StoreFixture } from './store-fixture.ts';

let fixture: StoreFixture;
let nodes: NodeRegistry;
beforeAll(async () => (fixture = await StoreFixture.open()));
beforeEach(() => {
  fixture.renew();
  nodes = new NodeRegistry(fixture.redis, fixture.keys, () => ({ role: 'all', version: '1.0.0', rssBytes: 1 }));
});
afterAll(() => fixture.close());

const beat = (nodeId: string, at: number): Promise<void> =>
  nodes.beat({ nodeId, at, startedAt: 0, capacity: 1, pool: createPool().getSnapshot().context });
const living = async (now: number): Promise<string[]> => (await nodes.living(now)).map(({ nodeId }) => nodeId);

describe('A node', () => {
  it('lives for 15 s from its last beat, and is forgotten then', async () => {
    await beat('a', 1_000);
    expect(await living(1_000 + NODE_TIMEOUT_MS - 1)).toEqual(['a']);
    expect(await living(1_000 + NODE_TIMEOUT_MS)).toEqual([]);
    expect(await fixture.redis.hlen(fixture.keys.nodes)).toBe(0);
  });

  it('of another version lives as well, though nobody understands what it carries: its sessions must not be taken from it', async () => {
    await fixture.redis.hset(
      fixture.keys.nodes,
      'other',
      JSON.stringify({ nodeId: 'other', at: 1_000, pool: 'something new' }),
    );
    expect(await living(1_001)).toEqual(['other']);
    expect(await nodes.reports(1_001)).toEqual([]);
  });

  it('whose record is damaged hides no other', async () => {
    await fixture.redis.hset(fixture.keys.nodes, { damaged: '{', strange: '[7]' });
    await beat('a', 1_000);
    expect(await living(1_001)).toEqual(['a']);
    expect(await nodes.reports(1_001)).toMatchObject([{ nodeId: 'a', role: 'all', version: '1.0.0' }]);
  });

  it('is gone at once when it signs off', async () => {
    await beat('a', 1_000);
    await nodes.forget('a');
    expect(await living(1_001)).toEqual([]);
  });
});
