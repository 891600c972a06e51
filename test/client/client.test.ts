import { expect, it } from 'vitest';

import { ApiError, createClient, WaitTimeoutError } from '../../src/client/index.ts';
import { useTestService } from '../test-kit/service.ts';

const service = useTestService();

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

it('a session is made, scanned, waited for, stopped and removed', async () => {
  const { sessions } = service().client('life');
  await sessions.ensure('sales', { metadata: { team: 'north' } });
  const waiting = await sessions.waitFor('sales', 'waiting_qr');
  expect(await sessions.qr('sales')).toMatchObject({ code: waiting.qr?.code });
  await service().phone('sales', 'life').scan('5215550003333', 'Eva');
  expect(await sessions.waitFor('sales', 'ready')).toMatchObject({
    phoneNumber: '5215550003333',
    displayName: 'Eva',
    metadata: { team: 'north' },
  });
  expect(await sessions.stop('sales', { wait: 20 })).toMatchObject({
    value: 'disconnected.stopped',
    desired: 'stopped',
  });
  expect(await sessions.start('sales', { wait: 20 })).toMatchObject({ state: 'ready' });
  expect((await sessions.history('sales', { limit: 1 })).items).toMatchObject([{ to: 'ready.online' }]);
  expect(await sessions.list({ state: 'ready' })).toMatchObject({ items: [{ id: 'sales' }], nextCursor: null });
  await sessions.remove('sales');
  expect(await sessions.list()).toEqual({ items: [], nextCursor: null });
});

it('a session is linked by a pairing code', async () => {
  const session = service().client('pairing').session('sales');
  await session.ensure();
  await session.waitFor('waiting_qr');
  const { code } = await session.pairingCode('5215550004444');
  expect(await session.waitFor('waiting_qr')).toMatchObject({
    value: 'waiting_qr.pairing',
    qr: null,
    pairingCode: { code, phoneNumber: '5215550004444' },
  });
});

it('a QR is had as a drawing, as text and as a picture', async () => {
  await service().bring('sales', 'waiting_qr', 'drawing');
  const session = service().client('drawing').session('sales');
  expect(await session.qr({ format: 'svg' })).toMatch(/^<svg/);
  expect(await session.qr({ format: 'text' })).toContain('█');
  expect(await session.qr({ format: 'png' })).toMatchObject({ type: 'image/png' });
});

it('a problem becomes an error with its code, status and request id', async () => {
  const error = await failure(service().client('nobody').sessions.get('missing'));
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({
    code: 'SESSION_NOT_FOUND',
    status: 404,
    retryAfter: null,
    requestId: expect.stringMatching(/./) as string,
    message: 'There is no session "missing".',
  });
});

it('what browsers hold in memory is asked for of one’s own sessions, or of another user’s', async () => {
  expect(await service().client('mindful').memory()).toEqual([]);
  const sales = { id: 'sales', userId: 'u1', bytes: 300, measuredAt: '2026-11-24T10:00:00.000Z' };
  const asked: unknown[] = [];
  const client = createClient({
    token: 't',
    fetch: async (url) => {
      asked.push(url);
      return Response.json({ items: [sales] });
    },
  });
  expect(await client.memory()).toEqual([sales]);
  expect(await client.of('u1').memory()).toEqual([sales]);
  expect(asked).toEqual(['/api/memory', '/api/users/u1/memory']);
});

it('an invalid request names the fields at fault', async () => {
  expect(await failure(service().client('nobody').sessions.ensure('no blanks'))).toMatchObject({
    code: 'INVALID_REQUEST',
    problem: { errors: [{ path: 'id' }] },
  });
});

it('what is no answer of the service is an error all the same, and says when to try again', async () => {
  const proxy = createClient({
    token: 't',
    fetch: async () => new Response('<h1>Bad gateway</h1>', { status: 502, headers: { 'retry-after': '7' } }),
  });
  expect(await failure(proxy.sessions.get('sales'))).toMatchObject({
    code: 'NOT_A_PROBLEM',
    status: 502,
    retryAfter: 7,
    requestId: null,
    problem: null,
  });
});

it('a token is asked for once, until it is refused; requests that meet the refusal together share the next one', async () => {
  let asked = 0;
  const tokens = [await service().token('tokens', { expiresInSeconds: -60 }), await service().token('tokens')];
  const token = () => tokens[asked++] ?? 'none';
  const { sessions } = service().client('tokens', { token });
  await Promise.all([sessions.list(), sessions.list(), sessions.list()]);
  await sessions.list();
  expect(asked).toBe(2);
});

it('a token that stays refused is an error, and the next request asks anew', async () => {
  let asked = 0;
  const { sessions } = service().client('tokens', { token: () => `bad-${(asked += 1)}` });
  expect(await failure(sessions.list())).toMatchObject({ code: 'UNAUTHENTICATED', status: 401 });
  expect(asked).toBe(2);
  await failure(sessions.list());
  expect(asked).toBe(4);
});

it('waiting ends with the time-out, the signal, or the session', async () => {
  const session = service().client('waiting').session('sales');
  expect(await failure(session.waitFor('ready'))).toMatchObject({ code: 'SESSION_NOT_FOUND' });
  await session.ensure();
  await session.waitFor('waiting_qr');
  const late = await failure(session.waitFor(['ready', 'failed'], { timeoutMs: 200 }));
  expect(late).toBeInstanceOf(WaitTimeoutError);
  expect(late).toMatchObject({
    message: 'Session "sales" was not ready or failed within 200 ms: it is waiting_qr.scan.',
    session: { state: 'waiting_qr' },
  });
  const reason = new Error('the page was left');
  expect(await failure(session.waitFor('ready', { signal: AbortSignal.abort(reason) }))).toBe(reason);
  const waiting = failure(session.waitFor('ready'));
  await session.remove();
  expect(await waiting).toMatchObject({ code: 'SESSION_NOT_FOUND', status: 404 });
});

it('an admin acts for another user', async () => {
  await service().bring('sales', 'ready', 'owner');
  const admin = service().client('root', { token: () => service().token('root', { scope: 'admin' }) });
  expect(await admin.of('owner').sessions.get('sales')).toMatchObject({ userId: 'owner', state: 'ready' });
  expect(await failure(service().client('owner').of('root').sessions.list())).toMatchObject({
    code: 'FORBIDDEN',
    status: 403,
  });
});
