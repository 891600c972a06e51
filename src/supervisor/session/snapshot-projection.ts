import { pathOf } from '../../../machines/state-path.ts';
import { SESSION_TAGS, type Session } from '../../domain/session.ts';
import type { OwnerSnapshot } from '../../store/ownership.ts';
import type { SessionSnapshot } from './session-actor.ts';

/** What a snapshot needs besides the machine's own: when things happened, and what has been acted upon. */
export interface ProjectionMoments {
  /** When the present value was entered (ms). */
  readonly enteredAt: number;
  /** When the present fault was noted (ms). */
  readonly faultAt: number;
  /** Its position among those that wait for a launch, when it waits and that is known. */
  readonly position: Session['queue'];
}

type Projected = Pick<OwnerSnapshot, 'value' | 'tags' | 'detail' | 'boundTo' | 'queue'> & Pick<Session, 'reason'>;

/**
 * The machine's snapshot as everybody sees it. The types agree: a state or reason that the interface does not name does
 * not compile.
 */
export function projectSnapshot(
  snapshot: SessionSnapshot,
  { enteredAt, faultAt, position }: ProjectionMoments,
): Projected {
  const { context } = snapshot;
  const waits = snapshot.matches({ reconnecting: 'backoff' }) || snapshot.matches({ failed: 'resting' });
  return {
    value: pathOf(snapshot.value),
    reason: context.reason,
    tags: SESSION_TAGS.filter((tag) => snapshot.hasTag(tag)),
    queue: position,
    boundTo: context.boundTo,
    detail: {
      phoneNumber: context.account?.phoneNumber ?? null,
      displayName: context.account?.displayName ?? null,
      qr: context.qr,
      pairingCode: context.pairingCode,
      reconnect: {
        attempt: context.attempt,
        maxAttempts: context.limits.reconnectMaxAttempts,
        nextAttemptAt: waits ? new Date(enteredAt + context.retryDelayMs).toISOString() : null,
      },
      restarts: context.restarts,
      durable: context.credentials === 'durable',
      capabilities: snapshot.matches('ready') ? context.capabilities : null,
      lastError: context.fault === null ? null : { ...context.fault, at: new Date(faultAt).toISOString() },
    },
  };
}
