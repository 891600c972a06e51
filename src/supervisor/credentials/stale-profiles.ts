import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { ensureError } from '../../domain/errors.ts';
import { parseSessionKey } from '../../domain/session.ts';
import type { WhatsAppDriver } from '../../whatsapp/device.ts';
import type { CredentialVault } from './credential-keeper.ts';
import { readManifest, NO_MANIFEST } from './profile-manifest.ts';

interface OutrunOptions {
  /** Where live profiles lie. */
  readonly root: string;
  readonly vault: Pick<CredentialVault, 'newest'>;
  readonly driver: Pick<WhatsAppDriver, 'credentials'>;
  readonly onError: (error: Error) => void;
}

/**
 * Removes the plain profiles of sessions that have run and been sealed on another node since this one died: nobody will
 * open them, and whoever reads the disk could. Call before anything is launched. What cannot be decided stays. Never
 * rejects.
 */
export async function removeStaleProfiles({ root, vault, driver, onError }: OutrunOptions): Promise<void> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  for (const { name } of entries.filter((entry) => entry.isDirectory())) {
    try {
      const { key, epoch } = await readManifest(join(root, name));
      if (key === NO_MANIFEST.key) continue;
      const newest = await vault.newest(parseSessionKey(key));
      if (newest !== null && newest.epoch > epoch) await driver.credentials(join(root, name)).erase();
    } catch (error) {
      onError(ensureError(error));
    }
  }
}
