import type { SessionAddress } from '../domain/session.ts';
import { Vault } from '../vault/vault.ts';
import type { Output } from './output.ts';
import type { Place } from './storage.ts';
import { counted } from './wording.ts';

/** Opens every archive to its last byte. Resolves with whether all do; each that does not is a line of the result. */
export async function verify(place: Place, output: Output, signal: AbortSignal): Promise<'well' | 'faults'> {
  const { archives: store, now, randomBytes } = place;
  const vault = new Vault({ store, ring: place.ring(), now, randomBytes });
  const addresses: SessionAddress[] = [];
  for await (const address of store.addresses()) addresses.push(address);
  let [good, refused] = [0, 0];
  for (const [index, address] of addresses.entries()) {
    signal.throwIfAborted();
    for (const [age, archive] of (await vault.verify(address, signal)).entries()) {
      if (!('error' in archive)) {
        good += 1;
        continue;
      }
      refused += 1;
      output.out(
        `${address.userId} ${address.id} (${age === 0 ? 'the newest' : 'an older one'}, ${archive.generation}): ${archive.error.code}: ${archive.error.message}`,
      );
    }
    output.progress('Sessions verified:', index + 1, addresses.length);
  }
  output.err(
    refused === 0
      ? `${counted(good, 'archive')}: all of them open.`
      : `${counted(good, 'archive')} open, ${refused} ${refused === 1 ? 'does' : 'do'} not.`,
  );
  return refused === 0 ? 'well' : 'faults';
}
