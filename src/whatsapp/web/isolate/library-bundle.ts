import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

/** Gives the bundle a module that it does not hold, by the name that its code asks for. */
export type Ask = (name: string) => unknown;

/**
 * Runs the library as `scripts/bundle-library.mjs` has packed it: one file without comments, so that a thread keeps
 * half the text and a third less of all else, and its compiled code, which saves parsing it. `null` where nothing was
 * built, as in development.
 * @param file the bundle's; its compiled code lies beside it.
 */
export function runLibraryBundle(file: URL, ask: Ask): unknown {
  if (!existsSync(file)) return null;
  const compiled = new URL(`${file.href}.cache`);
  const script = new Script(readFileSync(file, 'utf8'), {
    filename: fileURLToPath(file),
    // Another version of Node than the one that built it refuses this, and compiles.
    ...(existsSync(compiled) ? { cachedData: readFileSync(compiled) } : {}),
  });
  const exports = {};
  (script.runInThisContext() as (exports: object, require: Ask) => void)(exports, ask);
  return exports;
}
