import type { Session, SessionState } from '../../src/client/index.ts';
import type { Session as Resource } from '../../src/domain/session.ts';

const AT = '2026-11-24T10:00:00.000Z';

/** A session as the service would tell of it, but for what a test says. */
export function session(state: SessionState, over: Partial<Omit<Resource, 'state'>> = {}): Session {
  const common = {
    id: 'sales',
    userId: 'ana',
    value: `${state}.any`,
    tags: [],
    since: AT,
    desired: 'running',
    reason: null,
    phoneNumber: null,
    displayName: null,
    qr: null,
    pairingCode: null,
    reconnect: {
      attempt: 0,
      maxAttempts: 5,
      nextAttemptAt: null,
    },
    restarts: 0,
    durable: false,
    capabilities: null,
    queue: null,
    lastError: null,
    nodeId: null,
    epoch: 1,
    rev: 1,
    metadata: {},
    createdAt: AT,
    updatedAt: AT,
  };
  return { ...common, state, ...over } as Session; // the test says what belongs to the state
}
