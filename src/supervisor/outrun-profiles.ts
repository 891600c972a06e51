import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { ensureError } from '../domain/errors.ts';
import { parseSessionKey } from '../domain/session.ts';
import type { WhatsAppDriver } from '../whatsapp/driver.ts';
import type { LoginVault } from './login-custody.ts';
import { readMark, UNMARKED } from './profile-mark.ts';

interface OutrunOptions {
  /** Where live profiles lie. */
  readonly root: string;
  readonly vault: Pick<LoginVault, 'newest'>;
  readonly driver: Pick<WhatsAppDriver, 'eraseProfile'>;
  readonly onError: (error: Error) => void;
}

/**
 * Removes the plain profiles of sessions that have run and been sealed on another node since this one died: nobody will open them, and whoever reads
 * the disk could. Call before anything is launched. What cannot be decided stays. Never rejects.
 */
export async function removeOutrun({ root, vault, driver, onError }: OutrunOptions): Promise<void> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  for (const { name } of entries.filter((entry) => entry.isDirectory())) {
    try {
      const { key, epoch } = await readMark(join(root, name));
      if (key === UNMARKED.key) continue;
      const newest = await vault.newest(parseSessionKey(key));
      if (newest !== null && newest.epoch > epoch) await driver.eraseProfile(join(root, name));
    } catch (error) {
      onError(ensureError(error));
    }
  }
}
