import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { ensureError } from '../../domain/errors.ts';
import type { EncryptionKey } from '../../domain/encryption-key.ts';
import { unlessGone } from '../../host/missing-file.ts';
import { flushDirectory } from '../../vault/durable-file.ts';
import { KEY_BYTES, openFrames, sealFrames } from '../../vault/frames.ts';
import { ExportCorruptError, ExportCutError, FileExistsError, FileUnusableError, NotAnExportError } from '../errors.ts';
import { decodeExportHeader, encodeExportHeader, HEADER_BYTES, type ExportFacts } from './header.ts';

/** Name of the body's own key, in clear inside the body. */
const DATA_KEY_NAME = 'export';
const PIECE_BYTES = 256 * 1024;

interface ExportWriting {
  readonly file: string;
  /** Seals the file. */
  readonly key: EncryptionKey;
  readonly content: AsyncIterable<Uint8Array>;
  /** Asked when all content is written. */
  readonly facts: () => Omit<ExportFacts, 'bytes'>;
  readonly randomBytes: (count: number) => Buffer;
  readonly signal: AbortSignal;
}

/**
 * Writes an export: beside its place, flushed to the disk and renamed, its header last, so that whatever it dies of,
 * there is no export or a whole one. Only its owner may read it. Returns its length. Rejects with {@link
 * FileExistsError}, {@link FileUnusableError}, and with what the content threw.
 */
export async function writeExport({ file, key, content, facts, randomBytes, signal }: ExportWriting): Promise<number> {
  if ((await unlessGone(stat(file))) !== null) throw new FileExistsError(file);
  const draft = `${file}.part`;
  const dataKey = randomBytes(KEY_BYTES);
  await rm(draft, { force: true });
  const handle = await usable(file, open(draft, 'wx', 0o600));
  try {
    try {
      let bytes = 0;
      const append = async (sealed: AsyncIterable<Uint8Array>): Promise<void> => {
        for await (const chunk of sealed) bytes += await writeAt(handle, chunk, HEADER_BYTES + bytes);
      };
      await pipeline(
        Readable.from(content, { objectMode: false }),
        sealFrames({ name: DATA_KEY_NAME, key: dataKey }, { purpose: 'export' }),
        append,
        { signal },
      );
      await writeAt(handle, await encodeExportHeader({ ...facts(), bytes }, dataKey, key), 0);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if ((await unlessGone(stat(file))) !== null) throw new FileExistsError(file);
    await rename(draft, file);
    await flushDirectory(dirname(resolve(file)));
    return (await stat(file)).size;
  } catch (error) {
    await rm(draft, { force: true });
    throw isOfTheDisk(error)
      ? new FileUnusableError(file, error.code === 'ENOSPC' ? 'its disk is full' : error.code, error)
      : error;
  }
}

/** An export whose header was found good and that is as long as that says. */
export interface OpenedExport {
  readonly facts: ExportFacts;
  /**
   * What was sealed, from its beginning; each part authenticated before it comes out. Can be read again. Throws {@link
   * ExportCorruptError}.
   */
  readonly content: () => AsyncIterable<Uint8Array>;
  readonly close: () => Promise<void>;
}

/** Opens an export. Rejects with a `VaultToolError`, one class for each cause. */
export async function openExport(file: string, keys: readonly EncryptionKey[]): Promise<OpenedExport> {
  const handle = await usable(file, open(file, 'r'));
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new NotAnExportError('it is no file');
    const { bytes, bytesRead } = await readStart(handle);
    const { facts, dataKey } = await decodeExportHeader(bytes.subarray(0, bytesRead), keys);
    if (found.size < HEADER_BYTES + facts.bytes) throw new ExportCutError(found.size, HEADER_BYTES + facts.bytes);
    if (found.size > HEADER_BYTES + facts.bytes)
      throw new ExportCorruptError(`${found.size - HEADER_BYTES - facts.bytes} bytes follow its end`);
    return { facts, content: () => readBody(handle, facts.bytes, dataKey), close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readStart(handle: FileHandle): Promise<{ readonly bytes: Buffer; readonly bytesRead: number }> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
  return { bytes: buffer, bytesRead };
}

/** Returns how many bytes that were. */
async function writeAt(handle: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  for (let done = 0; done < bytes.length;)
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  return bytes.length;
}

async function* readBody(
  handle: FileHandle,
  bytes: number,
  dataKey: Uint8Array,
): AsyncGenerator<Uint8Array, void, undefined> {
  const frames = openFrames({ name: DATA_KEY_NAME, key: dataKey });
  const fed = pipeline(Readable.from(piecesOf(handle, bytes)), frames);
  // Awaited below; until then a failure is seen on the frames.
  fed.catch(() => undefined);
  try {
    yield* frames as AsyncIterable<Uint8Array>;
    await fed;
  } catch (error) {
    throw isOfTheDisk(error) ? error : new ExportCorruptError('a part of it is not what was sealed', error);
  } finally {
    frames.destroy();
  }
}

async function* piecesOf(handle: FileHandle, bytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let done = 0; done < bytes;) {
    const length = Math.min(PIECE_BYTES, bytes - done);
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, HEADER_BYTES + done);
    if (bytesRead === 0) throw new ExportCutError(HEADER_BYTES + done, HEADER_BYTES + bytes);
    yield buffer.subarray(0, bytesRead);
    done += bytesRead;
  }
}

async function usable(file: string, opening: Promise<FileHandle>): Promise<FileHandle> {
  try {
    return await opening;
  } catch (thrown) {
    const error: NodeJS.ErrnoException = ensureError(thrown);
    const what = {
      ENOENT: 'there is no such file or directory',
      EACCES: 'this user may not',
      EISDIR: 'it is a directory',
      ENOSPC: 'the disk is full',
    }[error.code ?? ''];
    throw new FileUnusableError(file, what ?? error.code ?? error.message, error);
  }
}

/** A failure to read or write this file, which alone we hold open as a descriptor. */
function isOfTheDisk(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return error instanceof Error && 'syscall' in error && !('path' in error) && 'code' in error;
}
