import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { claim } from '../../src/store/ownership.ts';
import { readFeedEvent } from '../../src/store/feed-entry.ts';
import { UnreadableRecordError } from '../../src/store/unreadable-session.ts';
import { ANA, request, StoreFixture } from './store-fixture.ts';

let fixture: StoreFixture;
beforeAll(async () => (fixture = await StoreFixture.open()));
beforeEach(async () => {
  fixture.renew();
  await request(fixture.store(), ANA, 'create_and_start');
  await fixture.redis.hset(fixture.keys.session('ana/sales'), 'engine', 'steam');
});
afterAll(() => fixture.close());

const UNREADABLE = {
  id: 'sales',
  userId: 'ana',
  state: 'failed',
  value: 'failed.unreadable',
  reason: 'internal_error',
  lastError: { code: 'UNREADABLE_RECORD' },
};

describe('A record that this build cannot read', () => {
  it('is shown as such, alone and in the list, and hides no other', async () => {
    await request(fixture.store(), { userId: 'ana', id: 'other' }, 'create');
    expect(await fixture.store().get(ANA)).toMatchObject(UNREADABLE);
    const { items } = await fixture.store().list({ userId: 'ana', limit: 10 });
    expect(items).toMatchObject([{ id: 'other', state: 'disconnected' }, UNREADABLE]);
  });

  it('says where it is not understood, and not what stands there', async () => {
    const { lastError } = await fixture.store().get(ANA);
    expect(lastError?.message).toContain('engine is not understood');
    expect(lastError?.message).not.toContain('steam');
  });

  it('is told in the stream', async () => {
    const fields = Object.entries(await fixture.fields('ana/sales')).flat();
    const entry = ['type', 'session.snapshot', 'event', 'some.event', ...fields];
    const [event] = readFeedEvent('1-0', entry, (error) => expect(error).toBeUndefined());
    expect(event).toMatchObject({ type: 'session.snapshot', session: UNREADABLE });
  });

  it('is not taken from whoever can read it: nobody claims it here', async () => {
    const before = await fixture.fields('ana/sales');
    const options = { redis: fixture.redis, keys: fixture.keys, now: () => fixture.now };
    expect(await claim(options, ANA, 'n1')).toEqual({ kind: 'unreadable' });
    expect(await fixture.fields('ana/sales')).toEqual(before);
    await expect(fixture.store().find(ANA)).rejects.toThrow(UnreadableRecordError);
  });
});
