import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

interface DurableFile {
  readonly path: string;
  /** Where it is written first: on the same file system, and not there yet. */
  readonly draft: string;
  readonly chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  readonly signal?: AbortSignal | undefined;
}

/** Writes a file whole or not at all, to the disk, readable by its owner alone. Resolves with its length. */
export async function writeDurably({ path, draft, chunks, signal }: DurableFile): Promise<number> {
  try {
    const file = await open(draft, 'wx', 0o600);
    let bytes = 0;
    try {
      for await (const chunk of chunks) {
        signal?.throwIfAborted();
        bytes += await writeWhole(file, chunk);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
    await flushDirectory(dirname(path));
    return bytes;
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** A rename is on the disk once its directory is. */
export async function flushDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeWhole(file: FileHandle, chunk: Uint8Array): Promise<number> {
  for (let written = 0; written < chunk.length;) written += (await file.write(chunk, written)).bytesWritten;
  return chunk.length;
}
