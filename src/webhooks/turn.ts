import { signing } from './endpoint-secrets.ts';
import { attempt } from './delivery-attempt.ts';
import type { endpointKeys } from './endpoint-keys.ts';
import type { Lane } from './lane.ts';
import type { LaneDeps } from './lane-deps.ts';
import type { WebhookMessage } from './payload.ts';
import { judge, type Settled, type Tries } from './settlement.ts';
import type { EndpointRecord, EndpointSecrets } from './stored-endpoint.ts';

/** A lane's permission to deliver, and the endpoint as it is now. */
export interface Turn {
  readonly lane: Lane;
  readonly record: EndpointRecord;
  readonly secrets: EndpointSecrets;
  readonly names: ReturnType<typeof endpointKeys>;
  /** The position in the event log that the endpoint begins behind. */
  readonly start: string;
  /** When its circuit closed last (ms since 1970): what failed before need not wait. */
  readonly recoveredAt: number;
  /** The lane's state as it is stored; empty for none. */
  readonly stateText: string;
  /** Aborts what is in the air, at the end of the process. */
  readonly signal: AbortSignal;
  /** Whether the process ends: what is in the air is finished, and nothing more begun. */
  readonly isEnding: () => boolean;
}

/** Tries a message once, and says what that means. Rejects only with the reason of the turn's signal. */
export async function tryOnce(
  { outbound, version, now, attemptMs, clock, chance, telemetry }: LaneDeps,
  { record, secrets, signal }: Turn,
  sessionKey: string,
  message: WebhookMessage,
  tries: Tries,
): Promise<Settled> {
  const target = { url: record.url, headers: secrets.headers, secrets: signing(secrets, clock.now()) };
  const at = clock.now();
  const result = await attempt({ outbound, version, now, attemptMs }, target, message, signal);
  const judgement = judge(result, tries, chance());
  telemetry.attempted(judgement.outcome, result.ms);
  return { sessionKey, message, attempt: result, judgement, number: tries.failures + 1, at };
}
