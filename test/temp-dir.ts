import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A private directory that goes when the running test ends, whatever its outcome. */
export function useTempDir(): string {
  const directory = mkdtempSync(join(tmpdir(), 'wa-test-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
