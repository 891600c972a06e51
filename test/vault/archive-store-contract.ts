import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';

import { FencedError } from '../../src/domain/errors.ts';
import type { SessionAddress } from '../../src/domain/session.ts';
import { nextGeneration, type ArchiveStore } from '../../src/vault/archive-store.ts';

const ada: SessionAddress = { userId: 'ada', id: 'shop' };
/** Every name that might be taken for a path, a pattern or a separator. */
const ODD: readonly SessionAddress[] = [
  { userId: '..', id: 'shop' },
  { userId: '.', id: 'a.b' },
  { userId: 'a/b:*?[é]\\', id: '0' },
  { userId: 'ada', id: 'shop2' },
];
const HEADER = Buffer.from('a header: é\n\u0000\u00ff', 'latin1');

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

/** What every place for archives does. `create` makes the same place again on what is there. */
export function describeArchiveStore(name: string, create: () => Promise<{ open: () => ArchiveStore }>): void {
  describe(`Archives in ${name}`, () => {
    let store: ArchiveStore;
    let open: () => ArchiveStore;

    beforeEach(async () => {
      ({ open } = await create());
      store = open();
    });

    const put = async (address: SessionAddress, epoch: number, body: Buffer, header = HEADER): Promise<string> => {
      const generation = nextGeneration(epoch, (await store.generations(address)).at(0));
      await store.put({ address, generation, epoch, body: pieces(body, 70_000), header: async () => header });
      return generation;
    };
    const bodyOf = (address: SessionAddress, generation: string) =>
      buffer(Readable.from(open().body(address, generation)));

    it('keeps nothing of a session that was never sealed', async () => {
      expect(await store.generations(ada)).toEqual([]);
      expect(await store.header(ada, nextGeneration(1, undefined))).toBeNull();
      expect(await bodyOf(ada, nextGeneration(1, undefined))).toHaveLength(0);
    });

    it.each([0, 1, 262_144, 1_000_003])(
      'gives back a body of %i bytes and its header, byte by byte, to another process too',
      async (size) => {
        const body = randomBytes(size);
        const generation = await put(ada, 7, body);
        expect(await open().generations(ada)).toEqual([generation]);
        expect(await open().header(ada, generation)).toEqual(HEADER);
        expect((await bodyOf(ada, generation)).equals(body)).toBe(true);
      },
    );

    it('tells the header’s maker how long the body is', async () => {
      const told: number[] = [];
      const header = async (bytes: number) => {
        told.push(bytes);
        return HEADER;
      };
      await store.put({
        address: ada,
        generation: nextGeneration(1, undefined),
        epoch: 1,
        body: pieces(randomBytes(300_001), 4_096),
        header,
      });
      expect(told).toEqual([300_001]);
    });

    it('keeps the former generations beside the new one, newest first', async () => {
      const first = await put(ada, 7, Buffer.from('one'));
      const second = await put(ada, 7, Buffer.from('two'));
      const third = await put(ada, 12, Buffer.from('three'));
      expect(await store.generations(ada)).toEqual([third, second, first]);
      expect((await bodyOf(ada, first)).toString()).toBe('one');
    });

    it('refuses an epoch older than what it keeps', async () => {
      const kept = await put(ada, 12, Buffer.from('new'));
      const late = store.put({
        address: ada,
        generation: nextGeneration(11, undefined),
        epoch: 11,
        body: pieces(Buffer.from('old'), 9),
        header: async () => HEADER,
      });
      await expect(late).rejects.toBeInstanceOf(FencedError);
      expect(await store.generations(ada)).toEqual([kept]);
    });

    it('refuses an old epoch whose writer was overtaken while it wrote', async () => {
      const generation = nextGeneration(11, undefined);
      const overtaken = async () => {
        await put(ada, 12, Buffer.from('new'));
        return HEADER;
      };
      await expect(
        store.put({ address: ada, generation, epoch: 11, body: pieces(Buffer.from('old'), 9), header: overtaken }),
      ).rejects.toBeInstanceOf(FencedError);
      expect(await store.generations(ada)).toHaveLength(1);
      expect(await bodyOf(ada, generation)).toHaveLength(0);
    });

    it('keeps the old and knows nothing of the new at the moment before a header is written, which is where a crash may come', async () => {
      const kept = await put(ada, 7, Buffer.from('old'));
      const seen: string[][] = [];
      const dying = async () => {
        seen.push(await open().generations(ada));
        throw new Error('the power went');
      };
      await expect(
        store.put({
          address: ada,
          generation: nextGeneration(8, kept),
          epoch: 8,
          body: pieces(Buffer.from('new'), 2),
          header: dying,
        }),
      ).rejects.toThrow('the power went');
      expect(seen).toEqual([[kept]]);
      expect(await open().generations(ada)).toEqual([kept]);
    });

    it('keeps nothing of a body that breaks off', async () => {
      async function* breaking(): AsyncGenerator<Buffer> {
        yield randomBytes(300_000);
        throw new Error('the disk is gone');
      }
      const generation = nextGeneration(1, undefined);
      await expect(
        store.put({ address: ada, generation, epoch: 1, body: breaking(), header: async () => HEADER }),
      ).rejects.toThrow('the disk is gone');
      expect(await store.generations(ada)).toEqual([]);
      expect(await bodyOf(ada, generation)).toHaveLength(0);
    });

    it('keeps nothing when it is told to stop', async () => {
      const stop = new AbortController();
      async function* endless(): AsyncGenerator<Buffer> {
        for (;;) {
          yield randomBytes(100_000);
          stop.abort(new Error('told to stop'));
        }
      }
      const archive = {
        address: ada,
        generation: nextGeneration(1, undefined),
        epoch: 1,
        body: endless(),
        header: async () => HEADER,
      };
      await expect(store.put(archive, stop.signal)).rejects.toThrow('told to stop');
      expect(await store.generations(ada)).toEqual([]);
    });

    it('replaces a header only by who has seen it, and leaves the body', async () => {
      const generation = await put(ada, 7, Buffer.from('body'));
      const [next, other] = [Buffer.from('next'), Buffer.from('other')];
      expect(await store.replaceHeader(ada, generation, HEADER, next)).toBe(true);
      expect(await store.replaceHeader(ada, generation, HEADER, other)).toBe(false);
      expect(await store.header(ada, generation)).toEqual(next);
      expect((await bodyOf(ada, generation)).toString()).toBe('body');
    });

    it('brings no generation back that is gone', async () => {
      const generation = await put(ada, 7, Buffer.from('body'));
      await store.forget(ada, 9);
      expect(await store.replaceHeader(ada, generation, HEADER, Buffer.from('next'))).toBe(false);
      expect(await store.generations(ada)).toEqual([]);
    });

    it('removes one generation, and a missing one without complaint', async () => {
      const [first, second] = [await put(ada, 7, Buffer.from('one')), await put(ada, 7, Buffer.from('two'))];
      await store.remove(ada, first);
      await store.remove(ada, first);
      expect(await store.generations(ada)).toEqual([second]);
      expect(await bodyOf(ada, first)).toHaveLength(0);
    });

    it('forgets all of one session, twice without complaint, and nothing of others', async () => {
      await put(ada, 7, Buffer.from('one'));
      await put(ada, 8, Buffer.from('two'));
      for (const address of ODD) await put(address, 7, Buffer.from(address.userId));
      await store.forget(ada, 9);
      await store.forget(ada, 9);
      expect(await store.generations(ada)).toEqual([]);
      for (const address of ODD) {
        const [generation] = await store.generations(address);
        expect((await bodyOf(address, generation ?? '')).toString()).toBe(address.userId);
      }
    });

    it('refuses a forgotten epoch and older ones from then on, and takes a newer claim’s', async () => {
      await put(ada, 9, Buffer.from('one'));
      await store.forget(ada, 9);
      await expect(put(ada, 9, Buffer.from('the same login again'))).rejects.toBeInstanceOf(FencedError);
      await expect(put(ada, 8, Buffer.from('an older one'))).rejects.toBeInstanceOf(FencedError);
      expect(await open().generations(ada)).toEqual([]);
      const next = await put(ada, 10, Buffer.from('a new login'));
      expect(await open().generations(ada)).toEqual([next]);
    });

    it('does not let a former forgetting weaken a later one', async () => {
      await store.forget(ada, 9);
      await store.forget(ada, 4);
      await expect(put(ada, 9, Buffer.from('late'))).rejects.toBeInstanceOf(FencedError);
    });

    it('forgets a session of which it never kept anything, and refuses its late writer too', async () => {
      await store.forget(ada, 9);
      await expect(put(ada, 9, Buffer.from('late'))).rejects.toBeInstanceOf(FencedError);
    });

    it.each([
      ['while it writes', 'in the middle'],
      ['at its last step', 'at the end'],
    ])('refuses a writer whose session is forgotten %s, and keeps nothing of it', async (_when, moment) => {
      const generation = nextGeneration(9, undefined);
      async function* body(): AsyncGenerator<Buffer> {
        yield randomBytes(300_000);
        if (moment === 'in the middle') await open().forget(ada, 9);
        yield randomBytes(300_000);
      }
      const header = async () => {
        if (moment === 'at the end') await open().forget(ada, 9);
        return HEADER;
      };
      await expect(store.put({ address: ada, generation, epoch: 9, body: body(), header })).rejects.toBeInstanceOf(
        FencedError,
      );
      expect(await open().generations(ada)).toEqual([]);
      expect(await open().header(ada, generation)).toBeNull();
      expect(await bodyOf(ada, generation)).toHaveLength(0);
    });

    it('keeps what a newer claim has sealed when an older one forgets', async () => {
      const old = await put(ada, 9, Buffer.from('old'));
      const kept = await put(ada, 12, Buffer.from('new'));
      await store.forget(ada, 9);
      expect(await store.generations(ada)).toEqual([kept]);
      expect((await bodyOf(ada, kept)).toString()).toBe('new');
      expect(await bodyOf(ada, old)).toHaveLength(0);
    });

    it('lets a newer claim seal while an older one forgets, or tells it to come again', async () => {
      const header = async () => {
        await open().forget(ada, 9);
        return HEADER;
      };
      const generation = nextGeneration(12, undefined);
      const sealing = store.put({
        address: ada,
        generation,
        epoch: 12,
        body: pieces(randomBytes(300_000), 9_999),
        header,
      });
      const outcome = await sealing.then(
        () => 'kept',
        (error: unknown) => error,
      );
      if (outcome === 'kept') expect(await store.generations(ada)).toEqual([generation]);
      else expect(outcome).toMatchObject({ retry: { kind: 'later' } });
    });

    it('names everybody of whom it keeps something', async () => {
      for (const address of [ada, ...ODD]) await put(address, 7, Buffer.from('x'));
      await store.forget(ada, 9);
      const named: SessionAddress[] = [];
      for await (const address of open().addresses()) named.push(address);
      expect(named).toHaveLength(ODD.length);
      expect(named).toEqual(expect.arrayContaining([...ODD]));
    });

    it('takes two sessions at once', async () => {
      const [one, other] = [randomBytes(600_000), randomBytes(600_000)];
      const [here, there] = await Promise.all([put(ada, 7, one), put({ userId: 'bob', id: 'shop' }, 7, other)]);
      expect((await bodyOf(ada, here)).equals(one)).toBe(true);
      expect((await bodyOf({ userId: 'bob', id: 'shop' }, there)).equals(other)).toBe(true);
    });
  });
}
