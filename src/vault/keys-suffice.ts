import { SupervisorError } from '../domain/errors.ts';
import { sessionKey, type SessionAddress } from '../domain/session.ts';
import type { ArchiveHeader } from './archive-header.ts';
import type { ArchiveStore } from './archive-store.ts';
import { WrongKeyError } from './errors.ts';
import type { KeyRing } from './key-ring.ts';
import { listArchives } from './rotation.ts';

/** A key that sealed archives are still wrapped with, and that is not among ours. */
export interface NeededKey {
  readonly kid: string;
  /** `other`: there is a key of this name, and it is another one. */
  readonly kind: 'missing' | 'other';
  readonly archives: number;
  /** The sessions whose archives these are. */
  readonly sessions: readonly SessionAddress[];
}

const SHOWN_SESSIONS = 20;

export class KeysMissingError extends SupervisorError {
  readonly code = 'KEYS_MISSING';
  readonly needed: readonly NeededKey[];
  constructor(needed: readonly NeededKey[]) {
    super(
      [
        'Sealed logins need a key that is not there. Put it back into ENCRYPTION_KEYS, behind the first, and run "npm run vault -- rotate" before you retire it.',
        ...needed.map(describe),
        'Where a key is lost for good, "npm run vault -- discard KEY" gives these logins up: their sessions are then to be scanned again.',
      ].join('\n'),
    );
    this.needed = needed;
  }
}

/**
 * Makes sure that every sealed archive has its key among ours: a retired key that is still needed must stop the start,
 * or its sessions would ask for a new scan. Reads each archive's header, and opens one of each key. Rejects with {@link
 * KeysMissingError}, whose message lists what needs which key, and with what the store threw. An archive that is
 * damaged stops nobody.
 */
export async function assertKeysSuffice(store: ArchiveStore, ring: KeyRing): Promise<void> {
  const needed = await keysNeeded(store, ring);
  if (needed.length > 0) throw new KeysMissingError(needed);
}

/** The keys that we lack, and what is wrapped with them. */
async function keysNeeded(store: ArchiveStore, ring: KeyRing): Promise<NeededKey[]> {
  const proven = new Set<string>();
  const lacking = new Map<string, Map<string, SessionAddress>>();
  const archives = new Map<string, number>();
  for await (const found of listArchives(store)) {
    if (found.kind === 'refused') continue;
    const { kid } = found.header;
    if (proven.has(kid)) continue;
    if (ring.holds(kid) && (await fits(ring, found.header))) {
      proven.add(kid);
      continue;
    }
    archives.set(kid, (archives.get(kid) ?? 0) + 1);
    lacking.set(
      kid,
      (lacking.get(kid) ?? new Map<string, SessionAddress>()).set(sessionKey(found.address), found.address),
    );
  }
  // A key that opens one archive is the right one: what it does not open is damaged or forged.
  return [...lacking]
    .filter(([kid]) => !proven.has(kid))
    .map(([kid, sessions]) => ({
      kid,
      kind: ring.holds(kid) ? 'other' : 'missing',
      archives: archives.get(kid) ?? 0,
      sessions: [...sessions.values()],
    }));
}

async function fits(ring: KeyRing, header: ArchiveHeader): Promise<boolean> {
  try {
    await ring.unwrap(header);
    return true;
  } catch (error) {
    if (error instanceof WrongKeyError) return false;
    throw error;
  }
}

function describe({ kid, kind, archives, sessions }: NeededKey): string {
  const shown = sessions.slice(0, SHOWN_SESSIONS).map(sessionKey).join(', ');
  const more =
    sessions.length > SHOWN_SESSIONS
      ? ` and ${sessions.length - SHOWN_SESSIONS} more ("npm run vault -- list" shows all)`
      : '';
  const what = kind === 'missing' ? '' : ' (the key of this name here is another one)';
  return `  key "${kid}"${what} is needed by ${archives} ${archives === 1 ? 'archive' : 'archives'} of ${shown}${more}`;
}
