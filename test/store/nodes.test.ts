import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { NODE_TIMEOUT_MS, NodeRegistry } from '../../src/store/nodes.ts';
import { createPool } from '../../src/observability/pool.ts';
import { StoreFixture } from './store-fixture.ts';

const DESCRIBE = () => ({ role: 'all', version: '1.0.0', rssBytes: 1 }) as const;

let fixture: StoreFixture;
let nodes: NodeRegistry;
beforeAll(async () => (fixture = await StoreFixture.open()));
beforeEach(() => {
  fixture.renew();
  nodes = new NodeRegistry(fixture.redis, fixture.keys, DESCRIBE);
});
afterAll(() => fixture.close());

const beat = (nodeId: string, by = nodes) =>
  by.beat({ nodeId, startedAt: 0, sweeps: 0, capacity: 1, pool: createPool().getSnapshot().context });
const living = async (): Promise<string[]> => (await nodes.living()).map(({ nodeId }) => nodeId);
const another = () => new NodeRegistry(fixture.redis, fixture.keys, DESCRIBE);

describe('A node', () => {
  it('lives for 15 s from its last beat, by the clock of Redis', async () => {
    await beat('a');
    await fixture.silence('a', NODE_TIMEOUT_MS - 1_000);
    expect(await living()).toEqual(['a']);
    await fixture.silence('a', 1_000);
    expect(await living()).toEqual([]);
  });

  it('is heard of at the time of Redis, whatever the clocks of both sides say', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
    try {
      await beat('ahead');
      vi.setSystemTime(Date.now() - 7_200_000);
      await beat('behind');
    } finally {
      vi.useRealTimers();
    }
    expect((await living()).toSorted()).toEqual(['ahead', 'behind']);
    const { now, heardAt } = await nodes.heard();
    for (const at of heardAt.values()) expect(now - at).toBeLessThan(NODE_TIMEOUT_MS);
  });

  it('of another version lives as well, though nobody understands what it carries: its sessions must not be taken from it', async () => {
    await fixture.redis.hset(
      fixture.keys.nodes,
      'other',
      JSON.stringify({ nodeId: 'other', at: Date.now(), pool: 'something new' }),
    );
    expect(await living()).toEqual(['other']);
    expect(await nodes.reports()).toEqual([]);
  });

  it('whose record is damaged hides no other', async () => {
    await fixture.redis.hset(fixture.keys.nodes, { damaged: '{', strange: '[7]' });
    await beat('a');
    await beat('damaged');
    expect((await living()).toSorted()).toEqual(['a', 'damaged']);
    await fixture.redis.hset(fixture.keys.nodes, { damaged: '{' });
    expect(await nodes.reports()).toMatchObject([{ nodeId: 'a', role: 'all', version: '1.0.0' }]);
  });

  it('is gone at once when it signs off', async () => {
    await beat('a');
    await nodes.leave('a');
    expect(await living()).toEqual([]);
    expect((await nodes.heard()).heardAt.size).toBe(0);
  });

  it('keeps its name while it lives: another process is told when it was heard of', async () => {
    await beat('a');
    const other = another();
    expect(await beat('a', other)).toEqual({ kind: 'taken', heardAt: [...(await nodes.heard()).heardAt.values()][0] });
    await other.leave('a');
    expect(await living()).toEqual(['a']);
  });

  it('that has been silent for a while gives its name to another process, and is told so when it beats again', async () => {
    await beat('a');
    await fixture.silence('a', NODE_TIMEOUT_MS);
    const other = another();
    expect(await beat('a', other)).toEqual({ kind: 'beats' });
    expect(await beat('a')).toMatchObject({ kind: 'taken' });
  });

  it('is forgotten by whoever knows that it is dead, unless its name is that of another process by now', async () => {
    await beat('a');
    const former = { nodeId: 'a', incarnation: nodes.incarnation };
    expect(await nodes.forget({ nodeId: 'a', incarnation: 'one before it' })).toBe('other');
    expect(await nodes.forget(former)).toBe('gone');
    expect(await living()).toEqual([]);
  });
});
