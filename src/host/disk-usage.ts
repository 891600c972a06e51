import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** Of a file system in memory (statfs, Linux). */
export const TMPFS = 0x01_02_19_94;

const BLOCK_BYTES = 512;

/** Bytes that the files below a directory take where they lie; 0 where there is none. What goes meanwhile is left out. */
export async function diskUsage(directory: string): Promise<number> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      if (entry.isDirectory()) return diskUsage(path);
      return stat(path).then(
        ({ blocks }) => blocks * BLOCK_BYTES,
        () => 0,
      );
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** What the files below a directory take of the memory: 0 where they lie on a disk. */
export async function memoryUsage(directory: string): Promise<number> {
  const place = await statfs(directory).catch(() => null);
  return place?.type === TMPFS ? diskUsage(directory) : 0;
}
