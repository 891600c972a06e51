import { createHash } from 'node:crypto';

import type { ArchivesConfig } from '../../config/storage-config.ts';
import type { EncryptionKey } from '../../domain/encryption-key.ts';
import { RECORD_SCHEMA, SMALLEST_READER, type FleetLimits, type FleetSettings } from '../../store/fleet-settings.ts';

/** What must be alike on all nodes, of a process that keeps logins, or (`null`) of one that does not. */
export function ownSettings(
  limits: FleetLimits,
  logins: { readonly archives: ArchivesConfig; readonly keys: readonly EncryptionKey[] } | null,
): FleetSettings {
  return {
    schema: RECORD_SCHEMA,
    reader: SMALLEST_READER,
    vault: logins === null ? null : placeOf(logins.archives),
    sealsWith: logins?.keys[0]?.kid ?? null,
    keys: Object.fromEntries((logins?.keys ?? []).map(({ kid, key }) => [kid, fingerprintOf(key)])),
    limits,
  };
}

function placeOf(archives: ArchivesConfig): string {
  switch (archives.kind) {
    case 'redis':
      return 'Redis';
    case 'tiered':
      return 'Redis, and large ones in a directory';
    case 'directory':
      return 'a directory';
    case 's3':
      return `bucket ${archives.bucket} at ${archives.endpoint ?? 'Amazon'}`;
  }
}

/** Tells keys apart, and nothing more: 48 bits of a hash. */
function fingerprintOf(key: Buffer): string {
  return createHash('sha256').update('key of a fleet').update(key).digest('hex').slice(0, 12);
}
