import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { createPool } from '../../../src/observability/pool.ts';
import { ApiFixture, read } from '../api-fixture.ts';

let fixture: ApiFixture;
let admin: string;
beforeAll(async () => {
  fixture = await ApiFixture.open();
  admin = await fixture.token({ sub: 'root', scope: 'admin' });
});
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

/** Two users' ready sessions on one node, which tells what their browsers hold. */
async function runTwo(): Promise<string> {
  await fixture.nodes.beat({
    nodeId: 'n1',
    startedAt: 0,
    sweeps: 0,
    capacity: 40,
    pool: createPool().getSnapshot().context,
  });
  const bob = await fixture.token({ sub: 'bob' });
  await fixture.call('POST', '/api/sessions', { json: { id: 'sales' } });
  await fixture.call('POST', '/api/sessions', { as: bob, json: { id: 'help' } });
  const { since } = await fixture.persist('sales');
  await fixture.persist('help', {}, 'bob');
  const at = Date.parse(since) + 1;
  await fixture.browserMemory.tell(
    'n1',
    at,
    new Map([
      ['ana/sales', 300],
      ['bob/help', 200],
    ]),
  );
  return new Date(at).toISOString();
}
const items = async (path: string, as?: string): Promise<unknown> =>
  (await read(await fixture.call('GET', path, as === undefined ? {} : { as })))['items'];

describe('/api/memory', () => {
  it('gives a user their own sessions’ numbers, and an admin everybody’s or one user’s', async () => {
    const measuredAt = await runTwo();
    const sales = { id: 'sales', userId: 'ana', bytes: 300, measuredAt };
    const help = { id: 'help', userId: 'bob', bytes: 200, measuredAt };
    expect(await items('/api/memory')).toEqual([sales]);
    expect(await items('/api/memory', await fixture.token({ scope: 'sessions:read' }))).toEqual([sales]);
    expect(await items('/api/memory', admin)).toEqual([sales, help]);
    expect(await items('/api/users/bob/memory', admin)).toEqual([help]);
  });

  it('is refused without a token, and of another user to who is no admin', async () => {
    await runTwo();
    expect((await fixture.call('GET', '/api/memory', { as: null })).status).toBe(401);
    expect((await fixture.call('GET', '/api/users/bob/memory')).status).toBe(403);
  });

  it('knows nothing where nobody has told anything', async () => {
    expect(await items('/api/memory')).toEqual([]);
    await fixture.call('POST', '/api/sessions', { json: { id: 'sales' } });
    await fixture.persist('sales');
    expect(await items('/api/memory', admin)).toEqual([]);
  });

  it('makes no new version of a session, and no event', async () => {
    await runTwo();
    const { rev } = (await fixture.stored.find({ userId: 'ana', id: 'sales' })).session;
    const etag = (await fixture.call('GET', '/api/sessions/sales')).headers.get('etag');
    const events = await fixture.stored.events();
    await fixture.browserMemory.tell('n1', Date.now(), new Map([['ana/sales', 999]]));
    expect(
      (await fixture.call('GET', '/api/sessions/sales', { headers: { 'if-none-match': etag ?? '' } })).status,
    ).toBe(304);
    expect((await fixture.stored.find({ userId: 'ana', id: 'sales' })).session.rev).toBe(rev);
    expect(await fixture.stored.events()).toEqual(events);
  });
});
