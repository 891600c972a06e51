import type { Redis } from 'ioredis';

import { reachStore } from './connection.ts';
import {
  checkSettings,
  fleetSettingsSchema,
  isSame,
  limitsInForce,
  RECORD_SCHEMA,
  SMALLEST_READER,
  type FleetLimits,
  type FleetSettings,
} from './fleet-settings.ts';
import type { Keyspace } from './keys.ts';
import { NODE_TIMEOUT_MS } from './nodes.ts';
import { agreeOnFleet } from './scripts/agree-on-fleet.ts';

interface FleetRecordOptions {
  readonly redis: Redis;
  readonly keys: Keyspace;
  readonly own: FleetSettings;
  readonly incarnation: string;
  /** The limits of this process are not those of the fleet. */
  readonly onOtherLimits: (limits: FleetLimits) => void;
}

/** What the nodes of a fleet have agreed upon, as one record: `<prefix>:fleet`. */
export class FleetRecord {
  readonly #options: FleetRecordOptions;
  #limits: FleetLimits;

  constructor(options: FleetRecordOptions) {
    this.#options = options;
    this.#limits = options.own.limits;
  }

  /** The limits that hold in the fleet, as they were known last. */
  get limits(): FleetLimits {
    return this.#limits;
  }

  /**
   * Enters the fleet, as one that runs sessions (`defines`) or not. Throws `FleetMismatchError` where it is set otherwise
   * than this process, and `StoreUnavailableError`.
   */
  async enter(defines: boolean): Promise<void> {
    const { redis, keys, own, incarnation, onOtherLimits } = this.#options;
    const [text, texts] = await reachStore(() =>
      agreeOnFleet.run(redis, keys, {
        incarnation,
        settings: JSON.stringify(own),
        schema: RECORD_SCHEMA,
        reader: SMALLEST_READER,
        defines,
        timeoutMs: NODE_TIMEOUT_MS,
      }),
    );
    const record = read(text);
    const others = texts.flatMap((each) => read(each) ?? []);
    if (record === null) return;
    // With which keys the fleet seals by now say the nodes: they change while it lives.
    checkSettings(own, { ...record, sealsWith: null });
    for (const other of others) checkSettings(own, other);
    const limits = limitsInForce(
      own.limits,
      record.limits,
      others.map((other) => other.limits),
    );
    this.#limits = limits;
    if (!isSame(limits, record.limits)) await this.#write({ ...record, limits });
    if (!isSame(limits, own.limits)) onOtherLimits(limits);
  }

  /** Another node may have changed them. Throws `StoreUnavailableError`. */
  async refresh(): Promise<void> {
    const { redis, keys } = this.#options;
    const text = await reachStore(() => redis.hget(keys.fleet, 'settings'));
    const record = text === null ? null : read(text);
    if (record !== null) this.#limits = record.limits;
  }

  async #write(settings: FleetSettings): Promise<void> {
    const { redis, keys } = this.#options;
    await reachStore(() => redis.hset(keys.fleet, 'settings', JSON.stringify(settings)));
  }
}

/** `null` for what a newer build wrote in words that are not known here: its `reader` says whether that matters. */
function read(text: string): FleetSettings | null {
  try {
    return fleetSettingsSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
