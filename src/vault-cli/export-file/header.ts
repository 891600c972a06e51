import { createHash } from 'node:crypto';
import { z } from 'zod';

import type { EncryptionKey } from '../../domain/encryption-key.ts';
import { openBytes, sealBytes } from '../../vault/frames.ts';
import { ExportCorruptError, ExportCutError, ExportKeyError, NotAnExportError } from '../errors.ts';

const MAGIC = 'wa-export-1';
/** What a header takes in its file, the rest being blank lines: it is written last, when its facts are known. */
export const HEADER_BYTES = 4_096;

const factsSchema = z.strictObject({
  exportedAt: z.iso.datetime(),
  sessions: z.int().nonnegative(),
  archives: z.int().nonnegative(),
  /** Length of the sealed body, which follows the header. */
  bytes: z.int().nonnegative(),
});
/** What stands in clear in front of an export. The key in the header is bound to it. */
export type ExportFacts = z.infer<typeof factsSchema>;

const headerSchema = factsSchema.extend({ kid: z.string().min(1), key: z.base64().min(1) });

/** The header of an export, with its data key wrapped by a master key. */
export async function encodeExportHeader(
  facts: ExportFacts,
  dataKey: Uint8Array,
  { kid, key }: EncryptionKey,
): Promise<Buffer> {
  const sealed = await sealBytes({ name: kid, key }, dataKey, bindingOf(facts));
  const json = JSON.stringify({ ...facts, kid, key: sealed.toString('base64') });
  return Buffer.from(`${MAGIC}\n${json}\n${checksum(json)}\n`.padEnd(HEADER_BYTES, '\n'));
}

/**
 * The inverse. Rejects with {@link NotAnExportError}, {@link ExportCutError}, {@link ExportCorruptError} or {@link
 * ExportKeyError}.
 */
export async function decodeExportHeader(
  bytes: Buffer,
  keys: readonly EncryptionKey[],
): Promise<{ readonly facts: ExportFacts; readonly dataKey: Uint8Array }> {
  const [magic, json = '', sum] = bytes.toString('latin1').split('\n', 3);
  if (magic !== MAGIC) throw new NotAnExportError('it begins otherwise');
  if (bytes.length < HEADER_BYTES) throw new ExportCutError(bytes.length, HEADER_BYTES);
  if (sum !== checksum(json)) throw new ExportCorruptError('its first lines do not match their checksum');
  const { kid, key, ...facts } = parse(json);
  const master = keys.find((one) => one.kid === kid);
  const known = keys.map((one) => one.kid);
  if (master === undefined) throw new ExportKeyError(kid, known);
  const { bytes: dataKey, binding } = await openBytes({ name: kid, key: master.key }, Buffer.from(key, 'base64')).catch(
    (error: unknown) => {
      throw new ExportKeyError(kid, known, error);
    },
  );
  if (Object.entries(bindingOf(facts)).some(([name, value]) => binding[name] !== value))
    throw new ExportCorruptError('its first lines were changed');
  return { facts, dataKey };
}

function parse(json: string): z.infer<typeof headerSchema> {
  try {
    return headerSchema.parse(JSON.parse(json));
  } catch (error) {
    throw new NotAnExportError('it is of another version', error);
  }
}

function bindingOf({ exportedAt, sessions, archives, bytes }: ExportFacts): Record<string, string> {
  return {
    purpose: 'export',
    exportedAt,
    sessions: String(sessions),
    archives: String(archives),
    bytes: String(bytes),
  };
}

function checksum(json: string): string {
  return createHash('sha256').update(json, 'latin1').digest('hex');
}
