import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { EMPTY_DETAIL } from '../../../src/store/session-hash.ts';
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
const onceAsked = useOwner(() => fixture);
const post = (path: string, json?: unknown) => fixture.call('POST', `/api/sessions/sales${path}`, { json });
const code = (text: string, phoneNumber = PHONE) => ({
  ...EMPTY_DETAIL,
  pairingCode: { code: text, phoneNumber, issuedAt: '2026-01-01T00:00:00.000Z', expiresAt: '2026-01-01T00:03:00.000Z' },
});
const WAITING = { value: 'waiting_qr.code', tags: ['needs_scan', 'settled'] as const };

describe('a pairing code', () => {
  it('is answered once WhatsApp has given one for that number', async () => {
    await fixture.persist('sales', { ...WAITING, handledSeq: 1, detail: code('OLD') });
    const answer = post('/pairing-code', { phoneNumber: PHONE });
    onceAsked(async () => {
      const { intent } = await fixture.stored.find({ userId: 'ana', id: 'sales' });
      await fixture.persist('sales', { ...WAITING, handledSeq: intent.intentSeq, detail: code('OLD') });
      await fixture.persist('sales', {
        ...WAITING,
        handledSeq: intent.intentSeq,
        detail: code('OTHER', '491700000000'),
      });
      await fixture.persist('sales', { ...WAITING, handledSeq: intent.intentSeq, detail: code('NEW') });
    });
    const response = await answer;
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await read(response)).toEqual({ code: 'NEW', expiresAt: '2026-01-01T00:03:00.000Z' });
  });

  /** Another node of the API, on the same store. */
  async function otherNode() {
    const other = new ApiFixture(fixture.stored);
    await other.renewFeed();
    other.lifecycle.serve();
    return other;
  }

  it('is one for two who ask for the same number at two nodes at once', async () => {
    await fixture.persist('sales', { ...WAITING, handledSeq: 1 });
    const other = await otherNode();
    const nodes = [fixture, other];
    const watches = nodes.map((node) => vi.spyOn(node.feed, 'listen'));
    const asked = { json: { phoneNumber: PHONE } };
    const answers = nodes.map((node) => node.call('POST', '/api/sessions/sales/pairing-code', asked));
    await expect.poll(() => watches.map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
    const pair = async () => (await fixture.stored.find({ userId: 'ana', id: 'sales' })).intent.pair;
    await expect.poll(pair).toBe(2);
    await fixture.persist('sales', { ...WAITING, handledSeq: 2, codeFor: PHONE, detail: code('NEW') });
    for (const answer of await Promise.all(answers)) expect(await read(answer)).toMatchObject({ code: 'NEW' });
    expect(await pair()).toBe(2);
    await other.stopFeed();
  });

  it('is OVERTAKEN at once when another number is asked for meanwhile, at whichever node', async () => {
    await fixture.persist('sales', { ...WAITING, handledSeq: 1 });
    const other = await otherNode();
    const overtaken = post('/pairing-code', { phoneNumber: PHONE });
    const answers: Promise<Response>[] = [];
    onceAsked(async () => {
      answers.push(other.call('POST', '/api/sessions/sales/pairing-code', { json: { phoneNumber: '491700000000' } }));
    });
    const response = await overtaken;
    expect(response.status).toBe(409);
    expect(await read(response)).toMatchObject({ code: 'OVERTAKEN' });
    const handledSeq = (await fixture.stored.find({ userId: 'ana', id: 'sales' })).intent.intentSeq;
    await fixture.persist('sales', { ...WAITING, handledSeq, detail: code('THEIRS', '491700000000') });
    for (const answer of answers) expect(await read(await answer)).toMatchObject({ code: 'THEIRS' });
    expect(answers).toHaveLength(1);
    await other.stopFeed();
  });

  it('is NOT_WAITING_QR when the session is not waiting, or stops to', async () => {
    await fixture.persist('sales');
    const refused = await post('/pairing-code', { phoneNumber: PHONE });
    expect(refused.status).toBe(409);
    expect(await read(refused)).toMatchObject({ code: 'NOT_WAITING_QR', state: 'ready' });
    await fixture.persist('sales', WAITING);
    const answer = post('/pairing-code', { phoneNumber: PHONE });
    onceAsked(async () =>
      fixture.persist('sales', {
        value: 'authenticating.syncing',
        handledSeq: (await fixture.stored.find({ userId: 'ana', id: 'sales' })).intent.intentSeq,
      }),
    );
    expect(await read(await answer)).toMatchObject({ code: 'NOT_WAITING_QR', state: 'authenticating' });
  });

  it('is TIMEOUT when WhatsApp gives none', async () => {
    await fixture.renew({ deadlines: { pairingMs: 50 } });
    await fixture.call('POST', '/api/sessions', { json: { id: 'sales' } });
    await fixture.persist('sales', WAITING);
    expect((await post('/pairing-code', { phoneNumber: PHONE })).status).toBe(504);
  });

  it.each([
    {},
    { phoneNumber: '+5215550001111' },
    { phoneNumber: 5215550001111 },
    { phoneNumber: '0123456789' },
    { phoneNumber: null },
  ])('refuses %j', async (json) => {
    expect(await read(await post('/pairing-code', json))).toMatchObject({
      code: 'INVALID_REQUEST',
      errors: [{ path: 'phoneNumber' }],
    });
  });
});
