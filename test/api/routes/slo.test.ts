import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { ApiFixture, read } from '../api-fixture.ts';

let fixture: ApiFixture;
beforeAll(async () => {
  fixture = await ApiFixture.open();
});
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

const slo = async (query = '', claims: Readonly<Record<string, string>> = {}) =>
  fixture.call('GET', `/api/slo${query}`, { as: await fixture.token(claims) });

describe('/api/slo', () => {
  it('tells how available the caller’s sessions were, and nothing of others', async () => {
    await fixture.call('POST', '/api/sessions', { json: { id: 'sales' } });
    const { availability, wantedSeconds, ...rest } = await read(await slo());
    // It waits for a node: wanted, and not ready.
    expect(availability === null || availability === 0).toBe(true);
    expect(wantedSeconds).toBeTypeOf('number');
    expect(rest).toMatchObject({ window: '24h', readySeconds: 0, sessions: [{ id: 'sales' }] });
    expect(await read(await slo('', { sub: 'somebody-else' }))).toEqual({
      window: '24h',
      availability: null,
      wantedSeconds: 0,
      readySeconds: 0,
      byCause: {},
      sessions: [],
    });
    const everybody = await read(await slo('?window=7d', { sub: 'root', scope: 'admin' }));
    expect(everybody).toMatchObject({ window: '7d', sessions: [{ id: 'sales' }] });
  });

  it.each(['0h', '31d', '1w', '-1h', '1h&window=2h', '1h&other=1'])('refuses the window %s', async (window) => {
    const response = await slo(`?window=${window}`);
    expect([response.status, (await read(response))['code']]).toEqual([400, 'INVALID_REQUEST']);
  });
});
