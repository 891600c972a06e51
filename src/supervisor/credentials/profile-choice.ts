import { isOlder } from '../../domain/program-version.ts';
import type { DescribedArchive } from '../../vault/archive-reader.ts';
import type { ProfileManifest } from './profile-manifest.ts';

/** Which login the next browser begins with. */
export type ProfileChoice =
  | { readonly kind: 'live' }
  /** A profile that is there is put aside first. */
  | {
      readonly kind: 'archive';
      readonly because: 'no_profile' | 'newer_elsewhere' | 'did_not_boot' | 'credentials_not_held' | 'emptied';
    }
  /** There is no login: a code will be shown. */
  | { readonly kind: 'none' };

interface ProfilesAtHand {
  /** The profile on this machine; `null` when there is none that could hold a login. */
  readonly live: ProfileManifest | null;
  /** The newest sealed archive; `null` when nothing is sealed. */
  readonly newest: Pick<DescribedArchive, 'generation' | 'epoch' | 'writtenBy'> | null;
}

/** Launches in a row that a live profile may fail before its archive is tried instead. */
const BOOTS = 3;

/**
 * A live profile is newer than its archive and so preferred, unless the session has run elsewhere since. One that does
 * not boot, or whose login is not held, gives way to the archive, once: a profile that came from this very archive is
 * not replaced by it, unless an older browser has opened it since: that empties what it does not know.
 */
export function chooseProfile({ live, newest }: ProfilesAtHand): ProfileChoice {
  if (newest === null) return { kind: live === null ? 'none' : 'live' };
  if (live === null) return { kind: 'archive', because: 'no_profile' };
  if (live.epoch < newest.epoch) return { kind: 'archive', because: 'newer_elsewhere' };
  if (mayBeEmptied(live, newest.writtenBy)) return { kind: 'archive', because: 'emptied' };
  if (live.restoredFrom === newest.generation) return { kind: 'live' };
  if (live.credentials === 'refused') return { kind: 'archive', because: 'credentials_not_held' };
  if (live.failedBoots >= BOOTS) return { kind: 'archive', because: 'did_not_boot' };
  return { kind: 'live' };
}

/**
 * Whether a browser older than the archive's has opened the profile. One that asked for a scan and notes no version was
 * opened by a build of this service that knew none.
 */
function mayBeEmptied(live: ProfileManifest, sealedBy: string | null): boolean {
  if (sealedBy === null) return false;
  return live.writtenBy === null ? live.credentials === 'refused' : isOlder(live.writtenBy, sealedBy);
}
