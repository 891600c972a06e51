import { randomBytes } from 'node:crypto';
import { Readable, pipeline } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

import { encodeHeader, decodeHeader } from '../../src/vault/archive-header.ts';
import { ArchiveRefusedError } from '../../src/vault/errors.ts';
import { KeyRing } from '../../src/vault/key-ring.ts';
import { openBody, openHeader, type OpenDemands } from '../../src/vault/open.ts';
import { beginSeal, type SealOptions } from '../../src/vault/seal.ts';

interface Sealed {
  readonly header: Buffer;
  readonly body: Buffer;
}

const key = randomBytes(32);
const ring = new KeyRing([{ kid: 'main', key }]);
const address = { userId: 'ada', id: 'shop' };
const EPOCH = 1_700_000_000_000;

async function seal(plain: Buffer, over: Partial<SealOptions> = {}): Promise<Sealed> {
  const sealing = beginSeal({ ring, address, engine: 'browser', epoch: EPOCH, now: EPOCH, randomBytes, ...over });
  const body = await buffer(pipeline(Readable.from([plain]), sealing.body, () => undefined));
  return { body, header: await sealing.header(body.length) };
}

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function open({ header, body }: Sealed, over: Partial<OpenDemands> = {}, size = 10_000): Promise<Buffer> {
  const opened = await openHeader(header, { ring, address, minEpoch: 0, ...over });
  return buffer(Readable.from(openBody(opened, pieces(body, size))));
}

const refusal = (code: string) => expect.objectContaining({ code }) as unknown;

describe('A sealed archive', () => {
  let plain: Buffer;
  let sealed: Sealed;
  beforeAll(async () => {
    plain = randomBytes(200_000);
    sealed = await seal(plain);
  });

  it('gives back what was sealed, of whatever length and in whatever pieces it comes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200_000, size: 'max' }),
        fc.integer({ min: 1_000, max: 300_000 }),
        async (bytes, size) => {
          expect((await open(await seal(Buffer.from(bytes)), {}, size)).equals(Buffer.from(bytes))).toBe(true);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('opens for the demanded epoch and for older demands', async () => {
    await expect(open(sealed, { minEpoch: EPOCH })).resolves.toHaveLength(plain.length);
    await expect(open(sealed, { minEpoch: EPOCH - 1 })).resolves.toHaveLength(plain.length);
  });

  it('has a data key of its own each time, and shows nothing of what it holds', async () => {
    const text = Buffer.alloc(100_000, 'the same secret again and again ');
    const [one, other] = [await seal(text), await seal(text)];
    expect(one.body.equals(other.body)).toBe(false);
    expect(one.body.includes('the same secret')).toBe(false);
    await expect(open({ header: one.header, body: other.body })).rejects.toEqual(refusal('ARCHIVE_CORRUPT'));
  });

  it('never opens to other bytes when a bit is flipped, wherever, and always with one of its errors', async () => {
    const { header, body } = sealed;
    await fc.assert(
      fc.asyncProperty(fc.nat(header.length + body.length - 1), fc.nat(7), async (position, bit) => {
        const all = Buffer.concat([header, body]);
        all.writeUInt8(all.readUInt8(position) ^ (1 << bit), position);
        const flipped = { header: all.subarray(0, header.length), body: all.subarray(header.length) };
        await expect(open(flipped)).rejects.toBeInstanceOf(ArchiveRefusedError);
      }),
      { numRuns: 100 },
    );
  });

  it('calls a flipped bit of the body damage, in its first bytes and in its last', async () => {
    for (const position of [0, 1, 40, 100_000, sealed.body.length - 1]) {
      const body = Buffer.from(sealed.body);
      body.writeUInt8(body.readUInt8(position) ^ 1, position);
      await expect(open({ ...sealed, body })).rejects.toEqual(refusal('ARCHIVE_CORRUPT'));
    }
  });

  it('calls every bit of the header but the magic damage, not a wrong key', async () => {
    const start = sealed.header.indexOf('{');
    for (let position = start; position < sealed.header.length - 1; position += 1) {
      const header = Buffer.from(sealed.header);
      header.writeUInt8(header.readUInt8(position) ^ 1, position);
      await expect(open({ ...sealed, header })).rejects.toEqual(refusal('ARCHIVE_CORRUPT'));
    }
  });

  it('never opens when it is cut, wherever', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(sealed.body.length - 1), async (length) => {
        await expect(open({ ...sealed, body: sealed.body.subarray(0, length) })).rejects.toEqual(
          refusal('ARCHIVE_CUT'),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('never opens when its header is cut, wherever', async () => {
    for (let length = 0; length < sealed.header.length; length += 1) {
      await expect(open({ ...sealed, header: sealed.header.subarray(0, length) })).rejects.toBeInstanceOf(
        ArchiveRefusedError,
      );
    }
    await expect(open({ ...sealed, header: sealed.header.subarray(0, 40) })).rejects.toEqual(refusal('ARCHIVE_CUT'));
  });

  it('never opens when something was added', async () => {
    await expect(open({ ...sealed, body: Buffer.concat([sealed.body, Buffer.of(0)]) })).rejects.toEqual(
      refusal('ARCHIVE_CORRUPT'),
    );
  });

  it('names the key that is missing', async () => {
    const other = new KeyRing([{ kid: 'other', key }]);
    await expect(open(sealed, { ring: other })).rejects.toMatchObject({
      code: 'UNKNOWN_KEY',
      kid: 'main',
      message: expect.stringContaining('other') as string,
    });
  });

  it('tells another key of the same name', async () => {
    const other = new KeyRing([{ kid: 'main', key: randomBytes(32) }]);
    await expect(open(sealed, { ring: other })).rejects.toEqual(refusal('WRONG_KEY'));
  });

  it.each([
    { userId: 'ada', id: 'other' },
    { userId: 'bob', id: 'shop' },
  ])('is refused for session $id of $userId', async (other) => {
    await expect(open(sealed, { address: other })).rejects.toEqual(refusal('ARCHIVE_FOREIGN'));
  });

  it('is refused for another engine, and opens for its own and for who asks for none', async () => {
    await expect(open(sealed, { engine: 'simulated' })).rejects.toEqual(refusal('ARCHIVE_OTHER_ENGINE'));
    await expect(open(sealed, { engine: 'browser' })).resolves.toHaveLength(plain.length);
    await expect(open(sealed)).resolves.toHaveLength(plain.length);
  });

  it('is refused when it is older than demanded', async () => {
    await expect(open(sealed, { minEpoch: EPOCH + 1 })).rejects.toEqual(refusal('ARCHIVE_STALE'));
  });

  it.each([
    ['another session’s', { id: 'other' }, { id: 'other' }],
    ['another user’s', { userId: 'bob' }, { userId: 'bob' }],
    ['a newer one', { epoch: EPOCH + 9 }, {}],
    ['a longer one', { bytes: 9_999_999 }, {}],
    ['one of another day', { sealedAt: '2030-01-01T00:00:00.000Z' }, {}],
    ['another engine’s', { engine: 'simulated' as const }, {}],
    ['one from before engines', { engine: undefined }, {}],
    ['an older browser’s', { writtenBy: '143.0.7499.40' }, {}],
  ])('cannot be passed off as %s by editing its header and its checksum', async (_what, edit, wanted) => {
    const header = encodeHeader({ ...decodeHeader(sealed.header), ...edit });
    await expect(open({ ...sealed, header }, { address: { ...address, ...wanted } })).rejects.toEqual(
      refusal('WRONG_KEY'),
    );
  });

  it('names the browser that wrote it, where one is known, and no other can be put or struck out', async () => {
    const written = await seal(plain, { writtenBy: '156.0.8078.114' });
    expect(decodeHeader(written.header).writtenBy).toBe('156.0.8078.114');
    await expect(open(written)).resolves.toHaveLength(plain.length);
    expect(decodeHeader(sealed.header)).not.toHaveProperty('writtenBy');
    for (const writtenBy of ['143.0.7499.40', undefined]) {
      const header = encodeHeader({ ...decodeHeader(written.header), writtenBy });
      await expect(open({ ...written, header })).rejects.toEqual(refusal('WRONG_KEY'));
    }
  });

  it.each(['', 'PK\u0003\u0004 a zip', '{"json":true}'])('is told from something else (%j)', async (text) => {
    await expect(open({ ...sealed, header: Buffer.from(text) })).rejects.toBeInstanceOf(ArchiveRefusedError);
  });

  it('passes on what reading it threw, as it is', async () => {
    const opened = await openHeader(sealed.header, { ring, address, minEpoch: 0 });
    const failure = new Error('the disk is gone');
    async function* failing(): AsyncGenerator<Buffer> {
      yield sealed.body.subarray(0, 1_000);
      throw failure;
    }
    await expect(buffer(Readable.from(openBody(opened, failing())))).rejects.toBe(failure);
  });
});

describe('A ring of keys', () => {
  const old = { kid: 'old', key: randomBytes(32) };
  const next = { kid: 'new', key: randomBytes(32) };

  it('opens with every key and seals with the first', async () => {
    const sealed = await seal(Buffer.from('secret'), { ring: new KeyRing([old]) });
    const both = new KeyRing([next, old]);
    expect((await open(sealed, { ring: both })).toString()).toBe('secret');
    expect(decodeHeader((await seal(Buffer.from('secret'), { ring: both })).header).kid).toBe('new');
  });

  it('wraps a header anew, after which the old key is not needed and the body is what it was', async () => {
    const { header, body } = await seal(Buffer.from('secret'), { ring: new KeyRing([old]) });
    const rewrapped = await new KeyRing([next, old]).rewrap(header);
    expect(rewrapped).not.toBeNull();
    const opened = await open({ header: rewrapped ?? header, body }, { ring: new KeyRing([next]) });
    expect(opened.toString()).toBe('secret');
    await expect(open({ header: rewrapped ?? header, body }, { ring: new KeyRing([old]) })).rejects.toEqual(
      refusal('UNKNOWN_KEY'),
    );
  });

  it('leaves a header alone that its first key wraps', async () => {
    const { header } = await seal(Buffer.from('secret'), { ring: new KeyRing([next]) });
    expect(await new KeyRing([next, old]).rewrap(header)).toBeNull();
  });

  it('keeps keys apart whose names begin alike', async () => {
    const [short, long] = [
      { kid: 'k', key: randomBytes(32) },
      { kid: 'k2', key: randomBytes(32) },
    ];
    const sealed = await seal(Buffer.from('secret'), { ring: new KeyRing([long, short]) });
    expect((await open(sealed, { ring: new KeyRing([short, long]) })).toString()).toBe('secret');
  });
});
