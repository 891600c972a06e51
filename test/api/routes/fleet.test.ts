import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { NODE_TIMEOUT_MS, type NodeRecord } from '../../../src/store/nodes.ts';
import { createPool, type PoolView } from '../../../src/observability/pool.ts';
import { ApiFixture, read } from '../api-fixture.ts';

let fixture: ApiFixture;
let admin: string;
beforeAll(async () => {
  fixture = await ApiFixture.open();
  admin = await fixture.token({ sub: 'root', scope: 'admin' });
});
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

const EMPTY: PoolView = createPool().getSnapshot().context;

const beat = (
  nodeId: string,
  { startedAt = 0, pool = {} }: { startedAt?: number; pool?: Partial<NodeRecord['pool']> } = {},
) => fixture.nodes.beat({ nodeId, startedAt, sweeps: 0, capacity: 40, pool: { ...EMPTY, ...pool } });
const fleet = async (): Promise<Record<string, unknown>> =>
  read(await fixture.call('GET', '/api/fleet', { as: admin }));

describe('/api/fleet', () => {
  it('is for an admin', async () => {
    const statuses = await Promise.all(
      [null, await fixture.token(), await fixture.token({ scope: 'sessions:read' }), admin].map(
        async (as) => (await fixture.call('GET', '/api/fleet', { as })).status,
      ),
    );
    expect(statuses).toEqual([401, 403, 403, 200]);
  });

  it('shows each node with what it carries, the longest running first', async () => {
    await beat('young', { startedAt: 2_000 });
    const byState = { ...EMPTY.byState, ready: 3, reconnecting: 1 };
    await beat('old', {
      startedAt: 1_000,
      pool: { byState, waiting: 2, launching: 1, supervisor: 'draining', breaker: 'open', pressure: 'high' },
    });
    const { nodes, breakers } = await fleet();
    expect(nodes).toMatchObject([{ nodeId: 'old' }, { nodeId: 'young', breaker: 'closed', pressure: 'normal' }]);
    const lastSeenAt: unknown = expect.stringMatching(/^20.*Z$/);
    expect((nodes as unknown[])[0]).toEqual({
      nodeId: 'old',
      role: 'worker',
      version: '1.2.3',
      build: null,
      capacity: 40,
      limits: null,
      startedAt: '1970-01-01T00:00:01.000Z',
      lastSeenAt,
      sessions: byState,
      waiting: 2,
      launching: 1,
      supervisor: 'draining',
      draining: false,
      breaker: 'open',
      pressure: 'high',
      memory: { rssBytes: 4_096 },
    });
    expect(breakers).toEqual({ open: 1 });
  });

  it('leaves out who was not heard of, and who speaks another version’s words', async () => {
    await beat('dead');
    await fixture.stored.silence('dead', NODE_TIMEOUT_MS);
    await beat('alive');
    await fixture.stored.redis.hset(fixture.stored.keys.nodes, {
      former: JSON.stringify({ nodeId: 'former', at: Date.now(), startedAt: 0, capacity: 4, sessions: 2 }),
      damaged: '{"nodeId":',
    });
    expect((await fleet())['nodes']).toMatchObject([{ nodeId: 'alive' }]);
  });

  it('shows a node of an older version, which does not say how its supervisor stands', async () => {
    const { supervisor: _, ...pool } = EMPTY;
    const old = {
      nodeId: 'old',
      role: 'all',
      version: '1.0.0',
      rssBytes: 1,
      at: Date.now(),
      startedAt: 0,
      capacity: 4,
      pool,
    };
    await fixture.stored.redis.hset(fixture.stored.keys.nodes, 'old', JSON.stringify(old));
    expect((await fleet())['nodes']).toMatchObject([{ nodeId: 'old', supervisor: null }]);
  });

  it('says how many sessions are to run, how many may, and how many are in the queue', async () => {
    await fixture.renew({}, { maxSessions: 7 });
    for (const id of ['a', 'b']) await fixture.call('POST', '/api/sessions', { json: { id } });
    await fixture.call('POST', '/api/sessions', { json: { id: 'idle', start: false } });
    const { redis, keys } = fixture.stored;
    await redis.rpush(`${keys.prefix}:bull:sessions:wait`, 'ana/a');
    await redis.zadd(`${keys.prefix}:bull:sessions:prioritized`, 1, 'ana/b');
    expect(await fleet()).toEqual({
      nodes: [],
      queue: { waiting: 2 },
      sessions: { wanted: 2, max: 7 },
      breakers: { open: 0 },
    });
  });

  it('tells a node to drain, shows that it was told, and tells it to take sessions again', async () => {
    await beat('one');
    const order = async (path: string, as: string | null = admin) => {
      const response = await fixture.call('POST', `/api/fleet/nodes/${path}`, { as });
      return [response.status, await read(response)] as const;
    };
    expect(await order('one/drain')).toEqual([202, { nodeId: 'one', draining: true }]);
    expect(await order('one/drain')).toEqual([202, { nodeId: 'one', draining: true }]);
    expect((await fleet())['nodes']).toMatchObject([{ nodeId: 'one', draining: true }]);
    expect(await order('one/undrain')).toEqual([202, { nodeId: 'one', draining: false }]);
    expect((await fleet())['nodes']).toMatchObject([{ nodeId: 'one', draining: false }]);
    expect(await order('other/drain')).toMatchObject([404, { code: 'NOT_FOUND' }]);
    expect(await order('no%20name/drain')).toMatchObject([400, { code: 'INVALID_REQUEST' }]);
    expect(await order('one/drain', await fixture.token())).toMatchObject([403, { code: 'FORBIDDEN' }]);
  });

  it('says that the store is away while Redis does not answer', async () => {
    process.kill(fixture.stored.server.pid, 'SIGSTOP');
    try {
      const response = await fixture.call('GET', '/api/fleet', { as: admin });
      expect([response.status, (await read(response))['code']]).toEqual([503, 'STORE_UNAVAILABLE']);
      expect(response.headers.get('retry-after')).toBe('2');
    } finally {
      process.kill(fixture.stored.server.pid, 'SIGCONT');
    }
  });
});
