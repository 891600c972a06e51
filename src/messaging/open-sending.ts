import type { Clock } from '../domain/clock.ts';
import type { Stores } from '../store/stores.ts';
import type { MessageRetention } from '../store/scripts/append-to-message-log.ts';
import { sweepOutboxes } from './outbox-sweep.ts';
import type { SealedBodies } from './sealed-bodies.ts';
import { Sending } from './sending.ts';

interface OpenSendingOptions {
  readonly stores: Pick<Stores, 'messages' | 'sessions'>;
  readonly bodies: SealedBodies;
  readonly retention: MessageRetention;
  /** Of the sessions. */
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Buffer;
  /** From which ids follow that an Idempotency-Key stands for. */
  readonly secret: Uint8Array;
  readonly onError: (error: unknown) => void;
}

/** What each process of the service does about messages that go out, whether or not sessions run in it. */
export function openSending(options: OpenSendingOptions): { readonly sending: Sending; readonly end: () => void } {
  const { stores, bodies, retention, clock, randomBytes, secret, onError } = options;
  const { messages: store, sessions } = stores;
  const end = sweepOutboxes({
    store,
    retention,
    clock,
    phoneNumberOf: async (address) => (await sessions.find(address))?.session.phoneNumber ?? null,
    onError,
  });
  const sending = new Sending({
    store,
    bodies,
    sessionOf: (address) => sessions.get(address),
    now: () => clock.now(),
    randomBytes,
    secret,
    retention,
  });
  return { sending, end };
}
