import { rotate as rewrapAll } from '../vault/rotation.ts';
import type { Output } from './output.ts';
import type { Place } from './storage.ts';
import { counted } from './wording.ts';

/**
 * Wraps every data key with the first master key. Resolves with whether all could be; each that could not is a line of
 * the result.
 */
export async function rotate(place: Place, output: Output, signal: AbortSignal): Promise<'well' | 'faults'> {
  const keys = place.encryptionKeys();
  const [first, ...others] = keys;
  const { rewrapped, current, moved, refused } = await rewrapAll(
    place.archives,
    place.ring(),
    ({ done, total }) => output.progress('Keys wrapped:', done, total),
    signal,
  );
  for (const { address, generation, error } of refused)
    output.out(`${address.userId} ${address.id} (${generation}): ${error.code}: ${error.message}`);
  const parts = [
    `${rewrapped} wrapped anew with key "${first.kid}"`,
    `${current} were already`,
    ...(moved > 0 ? [`${moved} replaced by their sessions meanwhile`] : []),
  ];
  output.err(
    `${counted(rewrapped + current + moved + refused.length, 'archive')}: ${parts.join(', ')}${refused.length > 0 ? `, ${refused.length} could not be opened` : ''}.`,
  );
  if (refused.length > 0) return 'faults';
  if (others.length > 0) {
    const names = others.map(({ kid }) => `"${kid}"`).join(', ');
    output.err(
      `No archive here needs ${names} any more. Once every node seals with "${first.kid}" and this command has nothing left to do, retire what you wish. An export keeps the key it was sealed with.`,
    );
  }
  return 'well';
}
