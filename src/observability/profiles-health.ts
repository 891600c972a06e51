import type { ProfilesHealth } from './health.ts';

/** The place of a node's live profiles. */
export interface ProfilePlace {
  /** What is stored there takes memory. */
  readonly isInMemory: boolean;
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly isShort: boolean;
  /** What all profiles take. */
  readonly usedBytes: number;
  /** Sessions whose pages store nothing there. */
  readonly notStoring: number;
}

/** How it is with the live profiles of this process; `null`: no sessions run here. */
export async function profilesHealth(
  node: { readonly profiles: () => Promise<ProfilePlace | null> } | null,
): Promise<ProfilesHealth> {
  if (node === null) return { status: 'none' };
  const place = await node.profiles();
  if (place === null) throw new Error('The place of the profiles cannot be asked.');
  const { isShort, isInMemory, totalBytes, freeBytes, usedBytes, notStoring } = place;
  return { status: isShort ? 'short' : 'ok', isInMemory, totalBytes, freeBytes, usedBytes, notStoring };
}
