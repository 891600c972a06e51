import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { ANA, request, snapshot, StoreFixture } from './store-fixture.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await StoreFixture.open();
});
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

describe('The history of requests', () => {
  it('gets an entry, numbered by the rev, when a request moves a session that nobody runs', async () => {
    await request(fixture.store(), ANA, 'create');
    fixture.now += 5_000;
    const { session } = await request(fixture.store(), ANA, 'start');
    const { items } = await fixture.store().history(ANA, 10);
    expect(items).toEqual([
      {
        rev: session.rev,
        at: session.since,
        from: 'disconnected.never_started',
        to: 'disconnected.queued',
        event: 'intent.start',
        reason: 'queued',
        durationMs: 5_000,
        nodeId: null,
      },
    ]);
  });

  it('gets none from a request that leaves the state as it is, and neither does `since` move', async () => {
    const { intentSeq } = await fixture.store().create(ANA, { start: true, metadata: {} });
    const { ownership } = await fixture.claim(ANA);
    await ownership.persist(snapshot({ value: 'ready.online', handledSeq: intentSeq }));
    const before = await fixture.store().history(ANA, 10);
    const { since } = (await fixture.find(ANA)).session;
    fixture.now += 1_000;
    const { session } = await request(fixture.store(), ANA, 'restart');
    expect(await fixture.store().history(ANA, 10)).toEqual(before);
    expect(session.since).toBe(since);
  });
});
