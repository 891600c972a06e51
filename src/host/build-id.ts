import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DIGITS = 12;

/** Which build this is, where versions are the same: of a bundled program the beginning of its hash. */
export function buildId(): string {
  const program = fileURLToPath(import.meta.url);
  if (!program.endsWith('.bundled.js')) return 'from-sources';
  return createHash('sha256').update(readFileSync(program)).digest('hex').slice(0, DIGITS);
}
