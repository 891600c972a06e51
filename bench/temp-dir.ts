import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { NOBODY, type RunAs } from './child.ts';

/** Gives `work` a directory of its own, which goes when it is done. @defaultValue it belongs to us */
export async function withTempDir<T>(work: (directory: string) => Promise<T>, owner: RunAs = 'self'): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    if (owner === 'nobody') await chown(directory, NOBODY, NOBODY);
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}
