import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { SealedBodies } from '../../src/messaging/sealed-bodies.ts';
import { KeyRing } from '../../src/vault/key-ring.ts';
import { StoreFixture } from '../store/store-fixture.ts';

const ANA = { userId: 'ana', id: 'sales' };
const TEXT = 'Meet me at nine.';
const DAY_MS = 86_400_000;

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await StoreFixture.open();
});
afterAll(() => fixture.close());
beforeEach(() => fixture.renew());

const masterKey = { kid: 'k1', key: randomBytes(32) };

/** The sealing of a process of its own. */
function process(keys: ConstructorParameters<typeof KeyRing>[0] = [masterKey]): SealedBodies {
  const { redis } = fixture;
  return new SealedBodies({ redis, keys: fixture.keys, ring: new KeyRing(keys), now: () => fixture.now });
}

async function open(bodies: SealedBodies, sealed: Buffer, id = 'm1', address = ANA): Promise<string | undefined> {
  const opened = await bodies.open(address, id, sealed);
  return opened?.toString();
}

describe('A sealed body', () => {
  it('is opened by each process that has the keys, and says nothing to anybody else', async () => {
    const sealed = await process().seal(ANA, 'm1', Buffer.from(TEXT));
    expect(sealed.toString('latin1')).not.toContain('nine');
    expect(await open(process(), sealed)).toBe(TEXT);
    await expect(open(process([{ kid: 'other', key: randomBytes(32) }]), sealed)).rejects.toThrow(/"k1"/);
  });

  it('opens under no other id, session or user', async () => {
    const bodies = process();
    const sealed = await bodies.seal(ANA, 'm1', Buffer.from(TEXT));
    await expect(open(bodies, sealed, 'm2')).rejects.toThrow();
    const { redis } = fixture;
    for (const other of [
      { userId: 'ana', id: 'help' },
      { userId: 'ben', id: 'sales' },
    ]) {
      expect(await open(bodies, sealed, 'm1', other)).toBeUndefined();
      // Even a thief who may write to the store gains nothing by moving the key.
      const kept = await redis.hgetall(fixture.keys.messageKeys(`${ANA.userId}/${ANA.id}`));
      await redis.hset(fixture.keys.messageKeys(`${other.userId}/${other.id}`), kept);
      await expect(open(process(), sealed, 'm1', other)).rejects.toThrow(/key/i);
    }
  });

  it('is refused when a bit of it was changed', async () => {
    const bodies = process();
    const sealed = await bodies.seal(ANA, 'm1', Buffer.from(TEXT));
    for (const index of [30, 45, sealed.length - 1]) {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      await expect(open(bodies, changed)).rejects.toThrow();
    }
    await expect(open(bodies, Buffer.from('short'))).rejects.toThrow('no sealed body');
  });

  it('opens after the master key was rotated, as long as the old one is known', async () => {
    const sealed = await process().seal(ANA, 'm1', Buffer.from(TEXT));
    const next = { kid: 'k2', key: randomBytes(32) };
    const rotated = process([next, masterKey]);
    expect(await open(rotated, sealed)).toBe(TEXT);
    fixture.now += DAY_MS;
    const later = await rotated.seal(ANA, 'm2', Buffer.from(TEXT));
    expect(await open(process([next]), later, 'm2')).toBe(TEXT);
  });

  it('can never be opened again once the keys of its session are destroyed, by whichever process', async () => {
    const [mine, theirs] = [process(), process()];
    const sealed = await mine.seal(ANA, 'm1', Buffer.from(TEXT));
    await theirs.destroy(ANA);
    expect(await open(process(), sealed)).toBeUndefined();
    // A session of the same name has keys of its own, though this process still remembers the old ones.
    const anew = await mine.seal(ANA, 'm1', Buffer.from('Another life.'));
    expect(await open(process(), anew)).toBe('Another life.');
    expect(await open(process(), sealed)).toBeUndefined();
  });
});

describe('The keys of a session', () => {
  const names = () => fixture.redis.hkeys(fixture.keys.messageKeys('ana/sales'));

  it('are one a day, however many bodies are sealed at once and by however many processes', async () => {
    const bodies = process();
    await Promise.all(Array.from({ length: 50 }, (_, index) => bodies.seal(ANA, `m${index}`, Buffer.from(TEXT))));
    await process().seal(ANA, 'elsewhere', Buffer.from(TEXT));
    expect(await names()).toHaveLength(1);
    fixture.now += DAY_MS;
    await bodies.seal(ANA, 'tomorrow', Buffer.from(TEXT));
    expect(await names()).toHaveLength(2);
  });

  it('are dropped when nothing that they seal can be kept any more', async () => {
    const bodies = process();
    await bodies.seal(ANA, 'm1', Buffer.from(TEXT));
    const [first] = await names();
    fixture.now += 80 * DAY_MS;
    await bodies.seal(ANA, 'm2', Buffer.from(TEXT));
    expect(await names()).toHaveLength(1);
    expect(await names()).not.toContain(first);
  });
});
