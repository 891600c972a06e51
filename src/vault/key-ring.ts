import { z } from 'zod';

import type { EncryptionKey } from '../domain/encryption-key.ts';
import { decodeHeader, encodeHeader, type ArchiveHeader } from './archive-header.ts';
import { UnknownKeyError, WrongKeyError } from './errors.ts';
import { KEY_BYTES, openBytes, sealBytes, type Binding, type NamedKey } from './frames.ts';

/** What a header says beside its key; the key is bound to it. */
export type HeaderFacts = Omit<ArchiveHeader, 'kid' | 'key'>;

/** A small secret as it is kept: which master key sealed it, and the sealed bytes in base64. */
const keptSecret = z.strictObject({ kid: z.string().min(1), sealed: z.base64().min(1) });

/**
 * The master keys: the first seals, all open. They leave this object never; what they wrap are data keys and other
 * small secrets.
 */
export class KeyRing {
  readonly #first: EncryptionKey;
  readonly #keys: ReadonlyMap<string, EncryptionKey>;

  constructor(keys: readonly [EncryptionKey, ...EncryptionKey[]]) {
    this.#first = keys[0];
    this.#keys = new Map(keys.map((key) => [key.kid, key]));
  }

  /** Name of the key that seals. */
  get firstKid(): string {
    return this.#first.kid;
  }

  holds(kid: string): boolean {
    return this.#keys.has(kid);
  }

  /** The header of an archive, with its data key wrapped by the first master key. */
  async wrap(facts: HeaderFacts, dataKey: Uint8Array): Promise<Buffer> {
    const sealed = await sealBytes(named(this.#first), dataKey, bindingOf(facts));
    return encodeHeader({ ...facts, kid: this.#first.kid, key: sealed.toString('base64') });
  }

  /** The data key out of a header. Rejects with {@link UnknownKeyError} or {@link WrongKeyError}. */
  async unwrap({ kid, key, ...facts }: ArchiveHeader): Promise<Uint8Array> {
    const master = this.#keys.get(kid);
    if (master === undefined) throw new UnknownKeyError(kid, [...this.#keys.keys()]);
    const { bytes, binding } = await openBytes(named(master), Buffer.from(key, 'base64')).catch((error: unknown) => {
      throw new WrongKeyError(kid, error);
    });
    const wanted = Object.entries(bindingOf(facts));
    // A header from which one of these was struck out would otherwise pass.
    const isWhole = binding['engine'] === facts.engine && binding['writtenBy'] === facts.writtenBy;
    if (bytes.length !== KEY_BYTES || !isWhole || wanted.some(([name, value]) => binding[name] !== value)) {
      throw new WrongKeyError(kid, new Error('The key in the header belongs to another header.'));
    }
    return bytes;
  }

  /**
   * Seals a secret that lies in the store: a data key, a signing secret. It opens only with the same binding; name its
   * purpose there, so that no secret can take another's place.
   */
  async protect(secret: Uint8Array, binding: Binding): Promise<string> {
    const sealed = await sealBytes(named(this.#first), secret, binding);
    return JSON.stringify({ kid: this.#first.kid, sealed: sealed.toString('base64') });
  }

  /** What `protect` sealed. Rejects with {@link UnknownKeyError} or {@link WrongKeyError}. */
  async reveal(kept: string, binding: Binding): Promise<Buffer> {
    const { kid, sealed } = keptSecret.parse(JSON.parse(kept));
    const master = this.#keys.get(kid);
    if (master === undefined) throw new UnknownKeyError(kid, [...this.#keys.keys()]);
    const opened = await openBytes(named(master), Buffer.from(sealed, 'base64')).catch((error: unknown) => {
      throw new WrongKeyError(kid, error);
    });
    if (Object.entries(binding).some(([name, value]) => opened.binding[name] !== value))
      throw new WrongKeyError(kid, new Error('What was sealed is something else.'));
    return opened.bytes;
  }

  /** The same secret sealed by the first master key; `null` when it is already. Rejects as `reveal` does. */
  async renew(kept: string, binding: Binding): Promise<string | null> {
    const { kid } = keptSecret.parse(JSON.parse(kept));
    return kid === this.#first.kid ? null : this.protect(await this.reveal(kept, binding), binding);
  }

  /**
   * The same header with its data key wrapped by the first master key; `null` when it is already. The archive's body
   * stays as it is.
   */
  async rewrap(header: Buffer): Promise<Buffer | null> {
    const { kid, key, ...facts } = decodeHeader(header);
    if (kid === this.#first.kid) return null;
    return this.wrap(facts, await this.unwrap({ kid, key, ...facts }));
  }
}

function named({ kid, key }: EncryptionKey): NamedKey {
  return { name: kid, key };
}

function bindingOf({ userId, id, epoch, bytes, sealedAt, engine, writtenBy }: HeaderFacts): Binding {
  const always = { user: userId, session: id, epoch: String(epoch), bytes: String(bytes), sealedAt };
  return { ...always, ...(engine !== undefined && { engine }), ...(writtenBy !== undefined && { writtenBy }) };
}
