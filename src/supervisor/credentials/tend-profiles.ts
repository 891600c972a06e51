import type { WhatsAppDriver } from '../../whatsapp/device.ts';
import type { CredentialVault } from './credential-keeper.ts';
import { sweepQuarantined } from './quarantined-profiles.ts';
import { removeStaleProfiles } from './stale-profiles.ts';

interface TendProfilesOptions {
  /** Where live profiles lie. */
  readonly root: string;
  readonly vault: Pick<CredentialVault, 'newest'>;
  readonly driver: Pick<WhatsAppDriver, 'credentials'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onError: (error: Error) => void;
}

const SWEEP_QUARANTINED_MS = 3_600_000;

/**
 * Removes profiles that nobody will open again: the stale ones now, the quarantined ones now and every hour. Call
 * before anything is launched. Returns how to end that.
 */
export async function tendProfiles({ root, vault, driver, now, onError }: TendProfilesOptions): Promise<() => void> {
  await sweepQuarantined(root, now());
  await removeStaleProfiles({ root, vault, driver, onError });
  const sweep = setInterval(() => void sweepQuarantined(root, now()), SWEEP_QUARANTINED_MS);
  return () => clearInterval(sweep);
}
