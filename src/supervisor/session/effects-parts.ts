import type { Clock } from '../../domain/clock.ts';
import type { CreateMessaging } from '../../messaging/session-messaging.ts';
import type { ProxyRoute } from '../../host/outbound/proxy-connection.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { Ownership } from '../../store/ownership.ts';
import type { WhatsAppDriver } from '../../whatsapp/device.ts';
import type { Telemetry } from '../../observability/telemetry.ts';
import type { CreateCredentialKeeper } from '../credentials/credential-keeper.ts';
import type { LaunchRequests } from './launch-requests.ts';
import type { StorageServiceOptions } from './storage-service.ts';
import type { UnreadableNewsOptions } from './unreadable-news.ts';

/** What the effects of a node's sessions work with. */
export interface EffectsParts extends UnreadableNewsOptions {
  readonly telemetry: Pick<Telemetry, 'unreadable' | 'renewed'>;
  /** How the place of this node's profiles is, and whose pages store nothing there. */
  readonly storage: Pick<StorageServiceOptions, 'isPlaceShort' | 'notStoring'>;
  readonly driver: WhatsAppDriver;
  /** What a session's page goes through. */
  readonly proxyOf: (address: SessionAddress) => Promise<ProxyRoute | null>;
  readonly createKeeper: CreateCredentialKeeper;
  readonly createMessaging: CreateMessaging;
  readonly clock: Clock;
  readonly probeIntervalMs: number;
  /** How long a browser may take to close before its process group is killed. */
  readonly closeGraceMs: number;
  readonly unlinkTimeoutMs: number;
  readonly pairTimeoutMs: number;
}

/** The session whose effects they are, for how long it is ours, and who hears of it. */
export interface EffectsSession {
  readonly address: SessionAddress;
  /** The owner's epoch. */
  readonly epoch: number;
  /** Rejects with `FencedError` when somebody newer owns the session; otherwise, when it cannot be known or may be over. */
  readonly confirm: () => Promise<void>;
  /** Throws when the lease is, or may be, over. */
  readonly checkLease: () => void;
  /** Somebody newer owns the session: end it. */
  readonly onFenced: () => void;
  readonly launches: LaunchRequests;
  /** Writes what its messages tell; rejects with `FencedError` as `confirm` does. */
  readonly tell: Ownership['tell'];
  readonly onError: (error: Error) => void;
}
