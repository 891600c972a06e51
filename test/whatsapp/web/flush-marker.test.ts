import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { FlushMarker } from '../../../src/whatsapp/web/flush-marker.ts';
import { useTempDir } from '../../temp-dir.ts';

const BLOCK_BYTES = 32_768;
const HEADER_BYTES = 7;
const [FULL, FIRST, MIDDLE, LAST] = [1, 2, 3, 4];

/** A log as LevelDB writes it: records in pieces that never cross a block's end. */
function logOf(records: readonly Buffer[]): Buffer {
  const pieces: Buffer[] = [];
  let at = 0;
  const add = (bytes: Buffer): void => {
    pieces.push(bytes);
    at += bytes.length;
  };
  for (const record of records) {
    let done = 0;
    do {
      const left = BLOCK_BYTES - (at % BLOCK_BYTES);
      if (left < HEADER_BYTES) {
        add(Buffer.alloc(left));
        continue;
      }
      const piece = record.subarray(done, done + left - HEADER_BYTES);
      const isLast = done + piece.length === record.length;
      const header = Buffer.alloc(HEADER_BYTES, 0xab);
      header.writeUInt16LE(piece.length, 4);
      header.writeUInt8(done === 0 ? ((isLast ? FULL : FIRST) ?? 0) : ((isLast ? LAST : MIDDLE) ?? 0), 6);
      add(header);
      add(piece);
      done += piece.length;
      if (isLast) break;
    } while (done <= record.length);
  }
  return Buffer.concat(pieces);
}

function useMark(): {
  readonly mark: FlushMarker;
  readonly written: string[];
  readonly store: (name: string, bytes: Buffer) => Promise<void>;
  readonly passes: (ms: number) => void;
} {
  const profileDir = useTempDir();
  const written: string[] = [];
  let now = 0;
  const mark = new FlushMarker({
    profileDir,
    now: () => now,
    randomBytes,
    write: async (text) => void written.push(text),
  });
  const store = async (name: string, bytes: Buffer): Promise<void> => {
    const directory = join(profileDir, 'Default', 'Local Storage', 'leveldb');
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, name), bytes);
  };
  return { mark, written, store, passes: (ms) => void (now += ms) };
}

const { signal } = new AbortController();

describe('The mark of a login', () => {
  it('is not on the disk where nothing is, nor where others’ writes are', async () => {
    const { mark, store } = useMark();
    expect(await mark.hasReachedDisk(signal)).toBe(false);
    await store('000003.log', logOf([randomBytes(50_000)]));
    expect(await mark.hasReachedDisk(signal)).toBe(false);
  });

  it('is found wherever it lies in a log, across the end of a block too', async () => {
    const { mark, written, store } = useMark();
    await mark.hasReachedDisk(signal);
    const [text = ''] = written;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2 * BLOCK_BYTES - 80, max: 2 * BLOCK_BYTES + 20 }),
        fc.boolean(),
        async (before, inOneRecord) => {
          const around = [randomBytes(before), Buffer.from(text), randomBytes(100)];
          const { mark: fresh, written: fromFresh, store: storeFresh } = useMark();
          await fresh.hasReachedDisk(signal);
          const bytes = around.map((piece) => (piece.toString() === text ? Buffer.from(fromFresh[0] ?? '') : piece));
          await storeFresh('000003.log', logOf(inOneRecord ? [Buffer.concat(bytes)] : bytes));
          expect(await fresh.hasReachedDisk(signal)).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
    await store('000004.ldb', Buffer.from(`a table: ${text}`));
    expect(await mark.hasReachedDisk(signal)).toBe(true);
  });

  it('is written once, and once more when it has not come for long; then either counts', async () => {
    const { mark, written, store, passes } = useMark();
    await mark.hasReachedDisk(signal);
    passes(10_000);
    await mark.hasReachedDisk(signal);
    expect(written).toHaveLength(1);
    passes(1);
    await mark.hasReachedDisk(signal);
    expect(new Set(written).size).toBe(2);
    await store('000003.log', logOf([Buffer.from(written[0] ?? '')]));
    expect(await mark.hasReachedDisk(signal)).toBe(true);
    passes(100_000);
    expect(await mark.hasReachedDisk(signal)).toBe(true);
    expect(written).toHaveLength(2);
  });

  it('passes on that the page does not answer, and asks it again the next time', async () => {
    let isAway = true;
    const write = async (): Promise<void> => {
      if (isAway) throw new Error('no answer');
    };
    const mark = new FlushMarker({ profileDir: useTempDir(), now: () => 0, randomBytes, write });
    await expect(mark.hasReachedDisk(signal)).rejects.toThrow('no answer');
    isAway = false;
    expect(await mark.hasReachedDisk(signal)).toBe(false);
  });
});
