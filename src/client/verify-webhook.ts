import type { WebhookEvent } from './webhook-types.ts';

/** A delivery as it came: a `Request`, or its headers (in any case) and its body as it was sent, not parsed. */
export type WebhookRequest =
  | Request
  | {
      readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
      readonly body: string | Uint8Array;
    };

/** A delivery whose signature is good. `data` depends on `type`; see the API's events. */
export interface WebhookDelivery {
  /** The same each time it is delivered: who keeps it takes nothing twice. */
  readonly id: string;
  readonly type: WebhookEvent | 'webhook.test';
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>> & {
    readonly sessionId: string | null;
    readonly userId: string;
    readonly position: string | null;
  };
}

export interface VerifyOptions {
  /** How old or far ahead a delivery may be (s). @defaultValue 300 */
  readonly toleranceSeconds?: number;
}

/** The delivery is not to be believed: answer 400 or 401, and do nothing. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';
}

const PREFIX = 'whsec_';

/**
 * The delivery, if one of the secrets signed it (Standard Webhooks, `v1`) and it is not old. Rejects with a {@link
 * WebhookVerificationError}. Needs WebCrypto, which browsers, Node 20, Deno, Bun and workers have.
 */
export async function verifyWebhook(
  request: WebhookRequest,
  secret: string | readonly string[],
  { toleranceSeconds = 300 }: VerifyOptions = {},
): Promise<WebhookDelivery> {
  const header = headersOf(request);
  const [id, timestamp, signatures] = [header('webhook-id'), header('webhook-timestamp'), header('webhook-signature')];
  if (id === null || timestamp === null || signatures === null) throw new WebhookVerificationError('It is not signed.');
  const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN;
  if (!(Math.abs(Date.now() / 1_000 - seconds) <= toleranceSeconds))
    throw new WebhookVerificationError('It is too old, or from the future.');
  const body = await bodyOf(request);
  const signed = concat(new TextEncoder().encode(`${id}.${timestamp}.`), body);
  for (const one of typeof secret === 'string' ? [secret] : secret) {
    const key = await crypto.subtle.importKey('raw', keyOf(one), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
    for (const signature of signatures.split(' ')) {
      const bytes = signature.startsWith('v1,') ? fromBase64(signature.slice(3)) : null;
      // Compares in constant time.
      if (bytes !== null && (await crypto.subtle.verify('HMAC', key, bytes, signed)))
        return { id, ...(JSON.parse(new TextDecoder().decode(body)) as Omit<WebhookDelivery, 'id'>) };
    }
  }
  throw new WebhookVerificationError('The signature does not fit.');
}

function headersOf({ headers }: WebhookRequest): (name: string) => string | null {
  if (headers instanceof Headers) return (name) => headers.get(name);
  const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return (name) => {
    const value = lower.get(name);
    return typeof value === 'string' ? value : (value?.[0] ?? null);
  };
}

async function bodyOf(request: WebhookRequest): Promise<Uint8Array<ArrayBuffer>> {
  if (request instanceof Request) return new Uint8Array(await request.arrayBuffer());
  const { body } = request;
  return typeof body === 'string' ? new TextEncoder().encode(body) : new Uint8Array(body);
}

function keyOf(secret: string): Uint8Array<ArrayBuffer> {
  const key = fromBase64(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret);
  // A short key would be accepted by the algorithm, and guessed by others.
  if (key === null || key.length < 24) throw new TypeError('That is no secret of a webhook.');
  return key;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}
