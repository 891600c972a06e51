import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import { openIdSecret } from '../../src/messaging/id-secret.ts';
import { KeyRing } from '../../src/vault/key-ring.ts';
import { StoreFixture } from '../store/store-fixture.ts';

let fixture: StoreFixture;
beforeAll(async () => (fixture = await StoreFixture.open()));
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

const OLD = { kid: 'old', key: Buffer.alloc(32, 1) };
const NEW = { kid: 'new', key: Buffer.alloc(32, 2) };

async function open(first: typeof OLD, ...others: (typeof OLD)[]): Promise<{ secret: string; warnings: number }> {
  const { redis, keys } = fixture;
  let warnings = 0;
  const log = { warn: () => void (warnings += 1) };
  const ring = new KeyRing([first, ...others]);
  const secret = await openIdSecret({ redis, keys, ring, firstKey: first.key, log });
  return { secret: secret.toString('hex'), warnings };
}

it('is one for all processes, and stays through a rotation of the keys and the end of the old one', async () => {
  const [one, other] = await Promise.all([open(OLD), open(OLD)]);
  expect(other).toEqual(one);
  expect(await open(NEW, OLD)).toEqual({ secret: one.secret, warnings: 0 });
  // The old key is not needed any more.
  expect(await open(NEW)).toEqual({ secret: one.secret, warnings: 0 });
});

it('is the same again when Redis was lost before a rotation', async () => {
  const { secret } = await open(OLD);
  fixture.renew();
  expect((await open(OLD)).secret).toBe(secret);
});

it('is made anew, and said so, where no key opens it', async () => {
  const { secret } = await open(OLD);
  const anew = await open(NEW);
  expect(anew.warnings).toBe(1);
  expect(anew.secret).not.toBe(secret);
  expect((await open(NEW)).secret).toBe(anew.secret);
});
