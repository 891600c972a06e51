import type { KeyRing } from '../vault/key-ring.ts';
import { parseSecrets, type EndpointSecrets } from './stored-endpoint.ts';

interface SecretKeeperOptions {
  readonly ring: Pick<KeyRing, 'protect' | 'reveal'>;
  readonly randomBytes: (count: number) => Buffer;
}

const SECRET_BYTES = 32;
/** Opened secrets that a process remembers. */
const REMEMBERED = 1_000;

/** Makes, seals and opens what is secret of an endpoint: the keys that sign, and the headers that its owner chose. */
export class SecretKeeper {
  readonly #options: SecretKeeperOptions;
  /** By their sealed text, those used last at the end. */
  readonly #opened = new Map<string, EndpointSecrets>();

  constructor(options: SecretKeeperOptions) {
    this.#options = options;
  }

  /** A new secret in the form of Standard Webhooks. */
  make(): string {
    return `whsec_${this.#options.randomBytes(SECRET_BYTES).toString('base64')}`;
  }

  /** Bound to its endpoint and user: it opens nowhere else. */
  async seal(id: string, userId: string, secrets: EndpointSecrets): Promise<string> {
    return this.#options.ring.protect(Buffer.from(JSON.stringify(secrets)), { webhook: id, user: userId });
  }

  /** Rejects with the ring's errors where no key fits. */
  async open(id: string, userId: string, sealed: string): Promise<EndpointSecrets> {
    const known = this.#opened.get(sealed);
    const secrets = known ?? parseSecrets(await this.#options.ring.reveal(sealed, { webhook: id, user: userId }));
    this.#opened.delete(sealed);
    this.#opened.set(sealed, secrets);
    const [oldest] = this.#opened.keys();
    if (this.#opened.size > REMEMBERED && oldest !== undefined) this.#opened.delete(oldest);
    return secrets;
  }
}

/** The secrets that sign at a moment (ms since 1970), the present one first. */
export function signing({ secrets }: EndpointSecrets, now: number): readonly string[] {
  return secrets
    .filter(({ until }) => until === null || until > now)
    .toSorted((a, b) => Number(a.until !== null) - Number(b.until !== null))
    .map(({ secret }) => secret);
}
