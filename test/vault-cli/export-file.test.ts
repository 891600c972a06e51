import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat, truncate, writeFile, appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { EncryptionKey } from '../../src/domain/encryption-key.ts';
import { decodeEntries, encodeArchive, encodeEntry } from '../../src/vault-cli/export-file/entries.ts';
import { openExport, writeExport } from '../../src/vault-cli/export-file/file.ts';
import { useTempDir } from '../temp-dir.ts';
import { ana, newKey, oldKey } from './cli-fixture.ts';

const facts = { exportedAt: '2026-01-02T03:04:05.678Z', sessions: 1, archives: 1 };
const never = new AbortController().signal;

async function* piecesOf(content: Buffer): AsyncGenerator<Buffer> {
  for (let start = 0; start < content.length; start += 30_000) yield content.subarray(start, start + 30_000);
}

async function written(
  content: Buffer | AsyncIterable<Uint8Array>,
  file = join(useTempDir(), 'fleet.wa'),
): Promise<string> {
  await writeExport({
    file,
    key: oldKey,
    content: Buffer.isBuffer(content) ? piecesOf(content) : content,
    facts: () => facts,
    randomBytes,
    signal: never,
  });
  return file;
}

async function read(file: string, keys: readonly EncryptionKey[] = [oldKey]): Promise<Buffer> {
  const opened = await openExport(file, keys);
  try {
    return await buffer(Readable.from(opened.content()));
  } finally {
    await opened.close();
  }
}

const refusedAs = (code: string) => expect.objectContaining({ code }) as unknown;

describe('An export file', () => {
  it('gives back what was written, with its facts, to whoever has the key', async () => {
    const content = randomBytes(300_001);
    const file = await written(content);
    expect((await read(file, [newKey, oldKey])).equals(content)).toBe(true);
    const opened = await openExport(file, [oldKey]);
    expect(opened.facts).toMatchObject(facts);
    await opened.close();
  });

  it('can be read twice', async () => {
    const file = await written(randomBytes(100_000));
    const opened = await openExport(file, [oldKey]);
    const [once, again] = [
      await buffer(Readable.from(opened.content())),
      await buffer(Readable.from(opened.content())),
    ];
    expect(once.equals(again)).toBe(true);
    await opened.close();
  });

  it('is readable by its owner alone, and nothing lies beside it', async () => {
    const directory = useTempDir();
    await written(randomBytes(10), join(directory, 'fleet.wa'));
    expect((await stat(join(directory, 'fleet.wa'))).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual(['fleet.wa']);
  });

  it('shows nothing of what is in it', async () => {
    const content = Buffer.from('the login of ana, '.repeat(5_000));
    expect((await readFile(await written(content))).includes('login of ana')).toBe(false);
  });

  it('overwrites nothing', async () => {
    const file = join(useTempDir(), 'fleet.wa');
    await writeFile(file, 'mine');
    await expect(written(randomBytes(10), file)).rejects.toEqual(refusedAs('FILE_EXISTS'));
    expect(await readFile(file, 'utf8')).toBe('mine');
  });

  it('is not there when its content breaks off', async () => {
    async function* breaking(): AsyncGenerator<Buffer> {
      yield randomBytes(100_000);
      throw new Error('Redis went away');
    }
    const directory = useTempDir();
    await expect(written(breaking(), join(directory, 'fleet.wa'))).rejects.toThrow('Redis went away');
    expect(await readdir(directory)).toEqual([]);
  });

  it('is not there when it is ended midway', async () => {
    const stop = new AbortController();
    async function* endless(): AsyncGenerator<Buffer> {
      for (let sent = 0; ; sent += 1) {
        yield randomBytes(100_000);
        if (sent === 5) stop.abort(new Error('told to stop'));
      }
    }
    const directory = useTempDir();
    const writing = writeExport({
      file: join(directory, 'fleet.wa'),
      key: oldKey,
      content: endless(),
      facts: () => facts,
      randomBytes,
      signal: stop.signal,
    });
    await expect(writing).rejects.toThrow();
    expect(await readdir(directory)).toEqual([]);
  });

  it('tells a missing directory from other faults', async () => {
    await expect(written(randomBytes(10), join(useTempDir(), 'no', 'fleet.wa'))).rejects.toThrow(
      'there is no such file or directory',
    );
  });

  it('tells an unknown key from another key of the same name', async () => {
    const file = await written(randomBytes(10));
    await expect(read(file, [newKey])).rejects.toThrow('sealed with key "old", and here are only "new"');
    await expect(read(file, [{ kid: 'old', key: Buffer.alloc(32, 9) }])).rejects.toThrow(
      'the key of this name here is another one',
    );
  });

  it('is refused where it is cut, however much of it is left', async () => {
    const file = await written(randomBytes(200_000));
    const { size } = await stat(file);
    for (const length of [size - 1, 100_000, 4_097, 4_096, 500, 20]) {
      await truncate(file, length);
      await expect(read(file)).rejects.toEqual(refusedAs('EXPORT_CUT'));
    }
    await truncate(file, 0);
    await expect(read(file)).rejects.toEqual(refusedAs('NOT_AN_EXPORT'));
  });

  it('is refused where something follows it', async () => {
    const file = await written(randomBytes(1_000));
    await appendFile(file, 'x');
    await expect(read(file)).rejects.toEqual(refusedAs('EXPORT_CORRUPT'));
  });

  it('is refused whatever bit of it was flipped, but for the blank lines behind its header', async () => {
    const whole = await readFile(await written(randomBytes(70_000)));
    const headerEnd = whole.indexOf('\n\n');
    const file = join(useTempDir(), 'flipped.wa');
    const position = fc.oneof(
      fc.integer({ min: 0, max: headerEnd - 1 }),
      fc.integer({ min: 4_096, max: whole.length - 1 }),
    );
    await fc.assert(
      fc.asyncProperty(position, fc.integer({ min: 0, max: 7 }), async (at, bit) => {
        const flipped = Buffer.from(whole);
        flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << bit), at);
        await writeFile(file, flipped);
        await expect(read(file)).rejects.toMatchObject({
          code: expect.stringMatching(/^(EXPORT_CORRUPT|NOT_AN_EXPORT)$/) as string,
        });
      }),
      { numRuns: 60 },
    );
  });

  it.each(['/etc/hostname', '/tmp'])('is not what %s is', async (file) => {
    await expect(read(file)).rejects.toEqual(refusedAs('NOT_AN_EXPORT'));
  });
});

describe('The entries of an export', () => {
  const record = {
    fields: { userId: 'ana', value: 'é\u0000' },
    history: [['3-0', ['at', '1']] as [string, string[]]],
    activeAt: 5,
  };

  async function* stream(bodies: readonly Buffer[], outcome: 'whole' | 'gone' = 'whole'): AsyncGenerator<Uint8Array> {
    yield encodeEntry({ kind: 'session', ...ana, record });
    for (const [index, body] of bodies.entries()) {
      yield* encodeArchive(
        { kind: 'archive', generation: `g${index}`, header: Buffer.from('header\u0000'), body: piecesOf(body) },
        () => outcome === 'whole',
      );
    }
    yield encodeEntry({ kind: 'session_end' });
  }

  it('come back as they were, however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 600_000 }), { maxLength: 3 }),
        fc.integer({ min: 1, max: 100_000 }),
        async (lengths, size) => {
          const bodies = lengths.map((length) => randomBytes(length));
          const bytes = await buffer(Readable.from(stream(bodies)));
          async function* cut(): AsyncGenerator<Buffer> {
            for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
          }
          const found: Buffer[] = [];
          const kinds: string[] = [];
          for await (const entry of decodeEntries(cut())) {
            kinds.push(entry.kind);
            if (entry.kind === 'session') expect(entry).toEqual({ kind: 'session', ...ana, record });
            if (entry.kind === 'archive') found.push(await buffer(Readable.from(entry.body)));
          }
          expect(kinds).toEqual(['session', ...bodies.map(() => 'archive'), 'session_end']);
          expect(found.map((body, index) => body.equals(bodies[index] ?? Buffer.alloc(0)))).toEqual(
            bodies.map(() => true),
          );
        },
      ),
      { numRuns: 12 },
    );
  });

  it('go on behind an archive that nobody reads, or reads in part', async () => {
    const bodies = [randomBytes(600_000), randomBytes(600_000)];
    const kinds: string[] = [];
    for await (const entry of decodeEntries(stream(bodies))) {
      kinds.push(entry.kind);
      if (entry.kind !== 'archive' || entry.generation !== 'g1') continue;
      for await (const chunk of entry.body) if (chunk.length > 0) break;
    }
    expect(kinds).toEqual(['session', 'archive', 'archive', 'session_end']);
  });

  it('say of an archive that went while it was exported that it did, to whoever reads it', async () => {
    const kinds: string[] = [];
    for await (const entry of decodeEntries(stream([randomBytes(1_000)], 'gone'))) {
      kinds.push(entry.kind);
      if (entry.kind === 'archive')
        await expect(buffer(Readable.from(entry.body))).rejects.toThrow('was replaced while it was exported');
    }
    expect(kinds).toEqual(['session', 'archive', 'session_end']);
  });
});
