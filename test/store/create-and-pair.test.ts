import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { ANA, request, snapshot, StoreFixture } from './store-fixture.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await StoreFixture.open();
});
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

describe('The number to pair with', () => {
  const PHONE = '5215550009999';
  const pairWith = async () => (await fixture.find(ANA)).intent.pairWith;

  it('is kept from a create that starts', async () => {
    await fixture.store().create(ANA, { start: true, pairWith: PHONE, metadata: {} });
    expect(await pairWith()).toBe(PHONE);
  });

  it('is not kept from a create that does not start', async () => {
    await fixture.store().create(ANA, { start: false, pairWith: PHONE, metadata: {} });
    expect(await pairWith()).toBeNull();
  });

  it('is replaced by a start that names another', async () => {
    await fixture.store().create(ANA, { start: true, pairWith: PHONE, metadata: {} });
    await request(fixture.store(), ANA, 'stop');
    await fixture.store().record(ANA, { action: 'start', pairWith: '5215550008888' });
    expect(await pairWith()).toBe('5215550008888');
  });

  it('is forgotten by a start that names none', async () => {
    await fixture.store().create(ANA, { start: true, pairWith: PHONE, metadata: {} });
    await request(fixture.store(), ANA, 'stop');
    await request(fixture.store(), ANA, 'start');
    expect(await pairWith()).toBeNull();
  });

  it.each(['restart', 'reconnect'] as const)('outlives a %s', async (action) => {
    await fixture.store().create(ANA, { start: true, pairWith: PHONE, metadata: {} });
    await request(fixture.store(), ANA, action);
    expect(await pairWith()).toBe(PHONE);
  });

  const OTHER = '5215550008888';
  const waiting = (handledSeq: number, codeFor?: string) =>
    snapshot({ value: 'waiting_qr.showing', handledSeq, codeFor });
  async function waitingSession() {
    await request(fixture.store(), ANA, 'create_and_start');
    const { ownership } = await fixture.claim(ANA);
    await ownership.persist(waiting(1));
    return ownership;
  }

  it('is set by asking for a pairing code, which serves who asks for the same at once', async () => {
    await waitingSession();
    const first = await request(fixture.store(), ANA, 'pair', PHONE);
    const second = await request(fixture.store(), ANA, 'pair', PHONE);
    expect(await pairWith()).toBe(PHONE);
    expect(second).toMatchObject({ intentSeq: first.intentSeq, changed: false });
  });

  it('is replaced by asking for another one', async () => {
    await waitingSession();
    const first = await request(fixture.store(), ANA, 'pair', PHONE);
    const second = await request(fixture.store(), ANA, 'pair', OTHER);
    const again = await request(fixture.store(), ANA, 'pair', PHONE);
    expect([second.intentSeq, again.intentSeq]).toEqual([first.intentSeq + 1, first.intentSeq + 2]);
    expect(await pairWith()).toBe(PHONE);
  });

  it.each([
    { what: 'its code is shown', codeFor: PHONE, handled: 1, isNew: true },
    { what: 'none will come', codeFor: 'nobody', handled: 1, isNew: true },
    { what: 'the code of another number is shown', codeFor: OTHER, handled: 1, isNew: false },
    { what: 'its owner has not heard of it', codeFor: PHONE, handled: 0, isNew: false },
  ])('is asked for anew only when it was answered: $what', async ({ codeFor, handled, isNew }) => {
    const ownership = await waitingSession();
    const first = await request(fixture.store(), ANA, 'pair', PHONE);
    await ownership.persist(waiting(first.intentSeq - 1 + handled, codeFor));
    expect((await request(fixture.store(), ANA, 'pair', PHONE)).changed).toBe(isNew);
  });

  it('is asked for anew when nobody has answered for half a minute', async () => {
    await waitingSession();
    await request(fixture.store(), ANA, 'pair', PHONE);
    fixture.now += 30_000;
    expect((await request(fixture.store(), ANA, 'pair', PHONE)).changed).toBe(true);
  });

  it('does not change when a running session is started again', async () => {
    await fixture.store().create(ANA, { start: true, pairWith: PHONE, metadata: {} });
    await fixture.store().record(ANA, { action: 'start', pairWith: '5215550008888' });
    expect(await pairWith()).toBe(PHONE);
  });
});

describe('Two creates at once', () => {
  it('make one session, which one of them created and both are shown', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => fixture.store().create(ANA, { start: true, metadata: {} })),
    );
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(answers.map(({ session }) => session.rev))).toEqual(new Set([1]));
    expect(await fixture.events()).toHaveLength(1);
  });

  it('keep the metadata of the one that created it', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => fixture.store().create(ANA, { start: false, metadata: { index } })),
    );
    const creator = answers.find(({ created }) => created);
    expect((await fixture.find(ANA)).session.metadata).toEqual(creator?.session.metadata);
  });
});
