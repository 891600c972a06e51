import { ensureError } from '../domain/errors.ts';
import type { Clock } from '../domain/clock.ts';
import type { AddressGuard } from '../host/outbound/address-guard.ts';
import type { OutboundClient } from '../host/outbound/outbound-client.ts';
import type { Stores } from '../store/stores.ts';
import type { MessageRetention } from '../store/scripts/append-to-message-log.ts';
import type { KeyRing } from '../vault/key-ring.ts';
import { openIdSecret } from './id-secret.ts';
import { MediaShelf } from './media-shelf.ts';
import { stageMediaBeside } from './media-stager.ts';
import { sweepOutboxes } from './outbox-sweep.ts';
import type { SealedBodies } from './sealed-bodies.ts';
import { Sending } from './sending.ts';

interface OpenSendingOptions {
  readonly stores: Pick<Stores, 'redis' | 'keys' | 'messages' | 'sessions'>;
  readonly bodies: SealedBodies;
  readonly retention: MessageRetention;
  /** Bytes of one file at most. */
  readonly mostBytes: number;
  readonly guard: Pick<AddressGuard, 'admit'>;
  readonly outbound: OutboundClient;
  /** Of the sessions. */
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Buffer;
  readonly ring: KeyRing;
  /** The master key that seals now. */
  readonly firstKey: Uint8Array;
  readonly log: { warn(fields: object, message: string): void };
}

/** What each process of the service does about messages that go out, whether or not sessions run in it. */
export interface MessagesOut {
  /** What the API answers from. */
  readonly api: {
    readonly sending: Sending;
    /** The time of the sessions (ms since 1970). */
    readonly sessionNow: () => number;
    readonly media: { readonly shelf: MediaShelf; readonly mostBytes: number };
    /** Throws an `AddressRefusedError` where a URL must not be fetched. */
    readonly admitUrl: (url: string) => unknown;
  };
  /** Brings media into files of their own beside this directory. */
  readonly stageBeside: (directory: string) => ReturnType<typeof stageMediaBeside>;
  readonly end: () => void;
}

/** Opens it all; it looks at what is due from now on. Throws {@link StoreUnavailableError}. */
export async function openSending(options: OpenSendingOptions): Promise<MessagesOut> {
  const { stores, bodies, retention, mostBytes, guard, outbound, clock, randomBytes, ring, firstKey, log } = options;
  const { messages: store, sessions, redis, keys } = stores;
  const secret = await openIdSecret({ redis, keys, ring, firstKey, log });
  const now = (): number => clock.now();
  const shelf = new MediaShelf({ redis, keys, bodies, now, randomBytes });
  const end = sweepOutboxes({
    store,
    retention,
    clock,
    phoneNumberOf: async (address) => (await sessions.find(address))?.session.phoneNumber ?? null,
    onError: (error) => log.warn({ err: ensureError(error) }, 'messages could not be looked at'),
  });
  const sessionOf: ConstructorParameters<typeof Sending>[0]['sessionOf'] = (address) => sessions.get(address);
  const sending = new Sending({ store, bodies, sessionOf, now, randomBytes, secret, retention });
  return {
    api: { sending, sessionNow: now, media: { shelf, mostBytes }, admitUrl: (url) => guard.admit(url) },
    stageBeside: (directory) => stageMediaBeside(directory, { shelf, outbound, mostBytes, randomBytes }),
    end,
  };
}
