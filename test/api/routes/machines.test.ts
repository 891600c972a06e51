import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { sessionMachine } from '../../../machines/session.machine.ts';
import { machines } from '../../../visualizer/machines.ts';
import { graphOf } from '../../../visualizer/graph.ts';
import { ApiFixture, read } from '../api-fixture.ts';

let fixture: ApiFixture;
beforeAll(async () => {
  fixture = await ApiFixture.open();
});
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

describe('the statecharts', () => {
  it('are listed with their sizes', async () => {
    const response = await fixture.call('GET', '/api/machines');
    expect(response.status).toBe(200);
    const { items } = (await response.json()) as { items: { id: string; states: number }[] };
    expect(items.map(({ id }) => id).toSorted()).toEqual(Object.keys(machines).toSorted());
    expect(items.find(({ id }) => id === 'session')?.states).toBe(graphOf(sessionMachine).nodes.length);
  });

  it.each(Object.entries(machines))('are served as the machine is: %s', async (name, machine) => {
    const response = await fixture.call('GET', `/api/machines/${name}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(graphOf(machine))));
  });

  it('do not have one of another name', async () => {
    for (const name of ['none', '..%2Fpackage', 'session.json', '__proto__']) {
      const response = await fixture.call('GET', `/api/machines/${name}`);
      expect([name, response.status, (await read(response))['code']]).toEqual([name, 404, 'NOT_FOUND']);
    }
  });

  it('are for those who have a token', async () => {
    expect((await fixture.call('GET', '/api/machines', { as: null })).status).toBe(401);
  });
});
