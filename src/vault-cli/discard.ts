import { listArchives } from '../vault/rotation.ts';
import { VaultToolError } from './errors.ts';
import type { Output } from './output.ts';
import type { Place } from './storage.ts';
import { counted } from './wording.ts';

/** The key is here: what it seals is not lost. */
export class KeyIsHereError extends VaultToolError {
  readonly code = 'KEY_IS_HERE';
  constructor(kid: string) {
    super(
      `Key "${kid}" is among ours, so what it seals is not lost. Only archives of a key that is in neither ENCRYPTION_KEYS nor the data directory are discarded.`,
    );
  }
}

/**
 * Removes the archives that are wrapped with a key which nobody has any more, so that the service starts without them.
 */
export async function discard(place: Place, output: Output, kid: string, signal: AbortSignal): Promise<'well'> {
  if (place.knownKeyNames().includes(kid)) throw new KeyIsHereError(kid);
  let removed = 0;
  for await (const found of listArchives(place.archives)) {
    if (found.kind === 'refused' || found.header.kid !== kid) continue;
    signal.throwIfAborted();
    await place.archives.remove(found.address, found.generation);
    removed += 1;
    output.out(`${found.address.userId} ${found.address.id} (${found.generation}) removed`);
  }
  output.err(removed === 0 ? `No archive needs key "${kid}".` : `${counted(removed, 'archive')} removed.`);
  return 'well';
}
