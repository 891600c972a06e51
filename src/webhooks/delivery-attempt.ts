import { Webhook as Signer } from 'standardwebhooks';

import { withDeadline } from '../domain/deadline.ts';
import { AddressRefusedError } from '../host/outbound/address-guard.ts';
import type { OutboundClient } from '../host/outbound/outbound-client.ts';
import { ANSWER_BYTES, ATTEMPT_MS, REFUSALS } from './limits.ts';
import type { WebhookMessage } from './payload.ts';
import { readRetryAfter } from './retry-schedule.ts';

/** What came of one attempt. `refused`: the receiver says it will never take this event. `gone`: nor any other. */
export interface Attempt {
  readonly kind: 'delivered' | 'failed' | 'refused' | 'gone';
  readonly status: number | null;
  readonly ms: number;
  /** One word. */
  readonly error: string | null;
  readonly retryAfterMs: number | null;
}

interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Each signs. */
  readonly secrets: readonly string[];
}

interface AttemptDeps {
  readonly outbound: Pick<OutboundClient, 'send'>;
  /** Of the service. */
  readonly version: string;
  /** Milliseconds since 1970, by the system's clock: receivers compare it with theirs. */
  readonly now: () => number;
  /** @defaultValue 15,000 */
  readonly attemptMs?: number | undefined;
}

/** Posts a message once, signed. Resolves with what came of it; rejects only with the reason of `signal`. */
export async function attempt(
  { outbound, version, now, attemptMs = ATTEMPT_MS }: AttemptDeps,
  { url, headers, secrets }: Target,
  { webhookId, body }: WebhookMessage,
  signal: AbortSignal,
): Promise<Attempt> {
  const begunAt = performance.now();
  const at = new Date(now());
  const text = body.toString();
  const done = (kind: Attempt['kind'], rest: Partial<Attempt> = {}): Attempt => ({
    kind,
    status: null,
    error: null,
    retryAfterMs: null,
    ms: Math.round(performance.now() - begunAt),
    ...rest,
  });
  let isLate = () => false;
  try {
    return await withDeadline(attemptMs, signal, async (until) => {
      isLate = () => until.aborted;
      const answer = await outbound.send(url, {
        method: 'POST',
        headers: {
          ...headers,
          'content-type': 'application/json; charset=utf-8',
          'user-agent': `whatsapp-session-supervisor/${version}`,
          'webhook-id': webhookId,
          'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
          'webhook-signature': secrets.map((secret) => new Signer(secret).sign(webhookId, at, text)).join(' '),
        },
        body,
        signal: until,
      });
      const status = answer.statusCode ?? 0;
      // Its status has said all: what goes wrong with the rest changes nothing.
      await passOver(answer).catch(() => answer.destroy());
      const word = { status, error: status >= 200 && status < 300 ? null : `HTTP_${status}` };
      if (word.error === null) return done('delivered', word);
      if (status === 410) return done('gone', word);
      if (REFUSALS.has(status)) return done('refused', word);
      return done('failed', { ...word, retryAfterMs: readRetryAfter(answer.headers['retry-after'], now()) });
    });
  } catch (error) {
    if (signal.aborted) throw error;
    // What a connection says that is cut at the deadline depends on where it was.
    return done('failed', { error: isLate() ? 'TIMEOUT' : wordOf(error) });
  }
}

/** Reads a short answer to its end, so that the connection can be kept; of a longer one nobody wants more. */
async function passOver(answer: NodeJS.ReadableStream & { destroy(): unknown }): Promise<void> {
  let bytes = 0;
  for await (const chunk of answer) {
    bytes += chunk.length;
    if (bytes >= ANSWER_BYTES) break;
  }
  if (bytes >= ANSWER_BYTES) answer.destroy();
}

/** One word that says what went wrong and nothing of where. */
function wordOf(error: unknown): string {
  if (error instanceof AddressRefusedError) return error.code;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(code) ? code : 'CONNECTION_FAILED';
}
