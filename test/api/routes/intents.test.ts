import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { fieldsOf } from '../../../src/store/session-hash.ts';
import { ApiFixture, read } from '../api-fixture.ts';
import { useOwner } from './use-owner.ts';

let fixture: ApiFixture;
beforeAll(async () => (fixture = await ApiFixture.open()));
beforeEach(async () => {
  await fixture.renew();
  await fixture.call('POST', '/api/sessions', { json: { id: 'sales' } });
  // What the creation has told must not be taken for the intent that a test waits for.
  await fixture.caughtUp();
});
afterAll(() => fixture.close());

const PHONE = '5215550001111';
const post = (path: string, json?: unknown) =>
  fixture.call('POST', `/api/sessions/sales${path}`, json === undefined ? {} : { json });
const onceAsked = useOwner(() => fixture);

describe('what is wanted', () => {
  it.each(['start', 'stop', 'restart', 'reconnect', 'logout'])(
    '%s answers 202 with the resource at once',
    async (action) => {
      await fixture.persist('sales');
      const response = await post(`/${action}`);
      expect(response.status).toBe(202);
      expect(await read(response)).toMatchObject({
        id: 'sales',
        desired: ['stop', 'logout'].includes(action) ? 'stopped' : 'running',
      });
    },
  );

  it('asked twice is asked once', async () => {
    await fixture.persist('sales');
    const first = await read(await post('/stop'));
    expect(await read(await post('/stop'))).toEqual(first);
  });

  it.each([[{}], [undefined]])('takes no body or an empty one (%s)', async (json) => {
    expect((await post('/stop', json)).status).toBe(202);
  });

  it('refuses an id in the body, whether or not it is the one in the path', async () => {
    for (const id of ['sales', 'other']) {
      const response = await post('/stop', { id });
      expect(response.status).toBe(400);
      expect(await read(response)).toMatchObject({ errors: [{ path: 'id' }] });
    }
    expect((await fixture.stored.find({ userId: 'ana', id: 'sales' })).intent.desired).toBe('running');
  });
});

describe('?wait', () => {
  it('answers 200 once the session has settled after the request', async () => {
    await fixture.persist('sales');
    const answer = post('/restart?wait=10');
    onceAsked(async () => {
      const { intent } = await fixture.stored.find({ userId: 'ana', id: 'sales' });
      await fixture.persist('sales', {
        value: 'authenticating.launching',
        tags: ['busy'],
        handledSeq: intent.intentSeq,
      });
      await fixture.persist('sales', {
        value: 'ready.online',
        tags: ['connected', 'settled'],
        handledSeq: intent.intentSeq,
      });
    });
    const response = await answer;
    expect(response.status).toBe(200);
    expect(await read(response)).toMatchObject({ value: 'ready.online' });
  });

  it('answers 200 at once when it is settled already', async () => {
    await fixture.persist('sales', { tags: ['connected', 'settled'], handledSeq: 1 });
    const response = await post('/start?wait=60');
    expect(response.status).toBe(200);
  });

  it('answers 200 to a stop of a session that nobody runs', async () => {
    expect((await post('/stop?wait=60')).status).toBe(200);
  });

  it('is not fooled by a session that was settled before the request', async () => {
    await fixture.persist('sales', { tags: ['connected', 'settled'], handledSeq: 1 });
    const answer = post('/stop?wait=1');
    onceAsked(() => fixture.persist('sales', { tags: ['connected', 'settled'], handledSeq: 1 }));
    const response = await answer;
    expect(response.status).toBe(202);
    expect(await read(response)).toMatchObject({ value: 'ready.online', desired: 'stopped' });
  });

  it('answers 404 when the session is deleted meanwhile', async () => {
    const answer = post('/restart?wait=60');
    onceAsked(() => fixture.remove('sales'));
    expect((await answer).status).toBe(404);
  });

  it('answers 202 when the node begins to drain', async () => {
    const answer = post('/restart?wait=60');
    onceAsked(async () => fixture.lifecycle.drain());
    expect((await answer).status).toBe(202);
  });

  it.each(['-1', '61', 'long', '1.5', ''])('refuses %s', async (wait) => {
    expect(await read(await post(`/start?wait=${wait}`))).toMatchObject({
      code: 'INVALID_REQUEST',
      errors: [{ path: 'wait' }],
    });
  });
});

describe('DELETE', () => {
  it('answers 204 once the session is gone, and 404 from then on', async () => {
    const answer = fixture.call('DELETE', '/api/sessions/sales');
    onceAsked(() => fixture.remove('sales'));
    expect((await answer).status).toBe(204);
    expect((await fixture.call('DELETE', '/api/sessions/sales')).status).toBe(404);
    expect((await fixture.call('GET', '/api/sessions/sales')).status).toBe(404);
  });

  it('answers 200 where the phone lists the device still', async () => {
    const answer = fixture.call('DELETE', '/api/sessions/sales');
    onceAsked(() => fixture.remove('sales', true));
    const response = await answer;
    expect(response.status).toBe(200);
    expect(await read(response)).toEqual({ stillListed: true });
  });

  it('answers two who delete at once alike', async () => {
    const answers = [fixture.call('DELETE', '/api/sessions/sales'), fixture.call('DELETE', '/api/sessions/sales')];
    onceAsked(() => fixture.remove('sales'));
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([204, 204]);
  });

  it('answers TIMEOUT when nobody does it', async () => {
    await fixture.renew({ deadlines: { deleteMs: 50 } });
    await fixture.call('POST', '/api/sessions', { json: { id: 'sales' } });
    const response = await fixture.call('DELETE', '/api/sessions/sales');
    expect(response.status).toBe(504);
    expect(await read(response)).toMatchObject({ code: 'TIMEOUT' });
  });
});

describe('simulate', () => {
  it('is told to whoever runs the session, and never to clients', async () => {
    await fixture.persist('sales', { value: 'waiting_qr.scan', tags: ['needs_scan', 'settled'] });
    const response = await post('/simulate', { event: 'scan', phoneNumber: PHONE });
    expect(response.status).toBe(202);
    const { redis, keys } = fixture.stored;
    const [sent] = await redis.xrange(keys.simulation, '-', '+');
    expect(fieldsOf(sent?.[1] ?? [])).toMatchObject({ key: 'ana/sales' });
    const types = (await fixture.stored.events()).map(({ fields }) => fields['type']);
    expect(new Set(types)).toEqual(new Set(['session.snapshot']));
  });

  it.each([{ event: 'scan', phoneNumber: PHONE }, { event: 'refuse' }])(
    'needs a session that waits for %j',
    async (json) => {
      const response = await post('/simulate', json);
      expect(response.status).toBe(409);
      expect(await read(response)).toMatchObject({ code: 'NOT_WAITING_QR', state: 'disconnected' });
    },
  );

  it('refuses what it does not know', async () => {
    for (const json of [
      { event: 'earthquake' },
      { event: 'scan' },
      { event: 'hang', loud: true },
      { event: 'launch_failures', count: -1 },
    ]) {
      expect((await post('/simulate', json)).status).toBe(400);
    }
  });

  it('is no route with a real driver, whatever is sent', async () => {
    await fixture.renew({ simulation: null });
    for (const json of [{ event: 'hang' }, { nonsense: 1 }])
      expect(await read(await post('/simulate', json))).toMatchObject({ code: 'NOT_FOUND', status: 404 });
  });
});

describe('while draining', () => {
  it('refuses what changes something, and still answers what asks', async () => {
    fixture.lifecycle.drain();
    const refused = await post('/stop');
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(await read(refused)).toMatchObject({ code: 'DRAINING' });
    expect((await fixture.call('GET', '/api/sessions/sales')).status).toBe(200);
    expect((await fixture.call('GET', '/api/events')).status).toBe(503);
  });
});
