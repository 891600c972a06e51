import type { ArchivesConfig } from '../../config/storage-config.ts';
import { systemClock } from '../../domain/clock.ts';
import type { EncryptionKey } from '../../domain/encryption-key.ts';
import { ensureError } from '../../domain/errors.ts';
import { every } from '../../domain/every.ts';
import { FleetRecord } from '../../store/fleet-record.ts';
import type { FleetLimits, FleetSettings } from '../../store/fleet-settings.ts';
import type { Stores } from '../../store/stores.ts';
import { ownSettings } from './own-settings.ts';

interface MembershipLog {
  warn(fields: object, message: string): void;
}

/** How often what holds in the fleet is looked up (ms). */
const FOLLOW_MS = 5_000;

/** This process as one of a fleet: how it is set, and what holds. */
export class FleetMembership {
  /** The limits that hold; those of this process until it has entered. Asked each time: they may change. */
  readonly limits: FleetLimits;
  #own: FleetSettings;
  #keepsLogins = false;
  #record: FleetRecord | null = null;

  constructor(limits: FleetLimits) {
    this.#own = ownSettings(limits, null);
    const inForce = () => this.#record?.limits ?? limits;
    this.limits = {
      get maxSessions() {
        return inForce().maxSessions;
      },
      get maxSessionsPerUser() {
        return inForce().maxSessionsPerUser;
      },
      get userLimitPolicy() {
        return inForce().userLimitPolicy;
      },
    };
  }

  /** How this process is set. */
  get own(): FleetSettings {
    return this.#own;
  }

  /** It runs sessions, and keeps their logins there and so. */
  keep(logins: { readonly archives: ArchivesConfig; readonly keys: readonly EncryptionKey[] }): void {
    this.#own = ownSettings(this.#own.limits, logins);
    this.#keepsLogins = true;
  }

  /** Throws `FleetMismatchError` where the fleet is set otherwise, and `StoreUnavailableError`. */
  async enter({ redis, keys, nodes }: Pick<Stores, 'redis' | 'keys' | 'nodes'>, log: MembershipLog): Promise<void> {
    const record = new FleetRecord({
      redis,
      keys,
      own: this.#own,
      incarnation: nodes.incarnation,
      onOtherLimits: (limits) =>
        log.warn(
          { own: this.#own.limits, limits },
          'the limits of the fleet are others than those of this node, and hold',
        ),
    });
    await record.enter(this.#keepsLogins);
    this.#record = record;
  }

  /** Keeps what holds up to date; returns how to stop that. */
  follow(log: MembershipLog): () => Promise<void> {
    const following = every(systemClock, FOLLOW_MS, () => this.#record?.refresh(), {
      onError: (error) => log.warn({ err: ensureError(error) }, 'the settings of the fleet could not be read'),
    });
    return () => following.stop();
  }
}
