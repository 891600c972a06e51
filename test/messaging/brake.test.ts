import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import { Brake } from '../../src/messaging/brake.ts';
import { MessageStore } from '../../src/store/message-store.ts';
import { ANA, StoreFixture } from '../store/store-fixture.ts';

let fixture: StoreFixture;
beforeAll(async () => (fixture = await StoreFixture.open()));
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

/** The brake of one owner of the session after another. */
function owner() {
  const store = new MessageStore({ redis: fixture.redis, keys: fixture.keys, most: 100, onError: () => undefined });
  const told: string[] = [];
  const brake = new Brake({
    address: ANA,
    store,
    now: () => fixture.now,
    tell: async ({ type }) => void told.push(type),
  });
  return { brake, told, until: () => store.restrictedUntil(ANA) };
}

it('three refusals in a row hold new chats back for an hour, whoever owned the session meanwhile', async () => {
  const first = owner();
  await first.brake.refused();
  await first.brake.refused();
  expect(await first.until()).toBe(0);
  const next = owner();
  await next.brake.refused();
  expect(await next.until()).toBe(fixture.now + 3_600_000);
  expect([first.told, next.told]).toEqual([[], ['session.restricted']]);
});

it('one that is taken ends the row, that of a former owner too', async () => {
  const first = owner();
  await first.brake.refused();
  await first.brake.refused();
  const next = owner();
  await next.brake.taken();
  await next.brake.refused();
  await next.brake.taken();
  await next.brake.refused();
  await next.brake.refused();
  expect(await next.until()).toBe(0);
});
