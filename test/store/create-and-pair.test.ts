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

  it('is set by asking for a pairing code, as often as one asks', async () => {
    await request(fixture.store(), ANA, 'create_and_start');
    await (await fixture.claim(ANA)).ownership.persist(snapshot({ value: 'waiting_qr.showing', handledSeq: 1 }));
    const first = await request(fixture.store(), ANA, 'pair', PHONE);
    const second = await request(fixture.store(), ANA, 'pair', PHONE);
    expect(await pairWith()).toBe(PHONE);
    expect(second.intentSeq).toBe(first.intentSeq + 1);
    expect((await fixture.find(ANA)).intent.pair).toBe(second.intentSeq);
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
