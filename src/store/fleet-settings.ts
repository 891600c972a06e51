import { z } from 'zod';

import { SupervisorError } from '../domain/errors.ts';

/** Number of the form of records that this build writes, and of the oldest build's that can read them. */
export const RECORD_SCHEMA = 1;
export const SMALLEST_READER = 1;

export const fleetLimitsSchema = z.object({
  maxSessions: z.int().positive(),
  maxSessionsPerUser: z.int().positive(),
  userLimitPolicy: z.enum(['reject', 'evict-oldest']),
});
export type FleetLimits = Readonly<z.infer<typeof fleetLimitsSchema>>;

/** What all nodes of a fleet must have alike, or the sessions of one could not go on at another. */
export const fleetSettingsSchema = z.object({
  schema: z.int().positive(),
  /** Builds that read records only up to this number can be in the fleet. */
  reader: z.int().positive(),
  /** Where sealed logins lie; `null` of a process that keeps none. */
  vault: z.string().nullable(),
  /** Name of the key that seals, and a fingerprint of each that opens. */
  sealsWith: z.string().nullable(),
  keys: z.record(z.string(), z.string()),
  limits: fleetLimitsSchema,
});
export type FleetSettings = Readonly<z.infer<typeof fleetSettingsSchema>>;

/** This process cannot be of the fleet as it is set. The message names the variable. */
export class FleetMismatchError extends SupervisorError {
  readonly code = 'FLEET_MISMATCH';
}

/** Throws {@link FleetMismatchError} where sessions could not change between these two. */
export function checkSettings(own: FleetSettings, fleet: FleetSettings): void {
  if (fleet.reader > own.schema)
    throw new FleetMismatchError(
      `This build reads records up to form ${own.schema}, and the fleet writes form ${fleet.reader}: take a newer build.`,
    );
  if (own.vault !== null && fleet.vault !== null && own.vault !== fleet.vault)
    throw new FleetMismatchError(
      `VAULT_STORE and what belongs to it: this fleet keeps sealed logins in ${fleet.vault}, and this node would keep them in ${own.vault}. Set the same on all nodes, or stop all of them first.`,
    );
  for (const [kid, fingerprint] of Object.entries(own.keys)) {
    if ((fleet.keys[kid] ?? fingerprint) !== fingerprint)
      throw new FleetMismatchError(`ENCRYPTION_KEYS: key "${kid}" of this node is another one than the fleet's.`);
  }
  if (own.sealsWith === null || fleet.sealsWith === null) return;
  if (own.keys[fleet.sealsWith] === undefined)
    throw new FleetMismatchError(
      `ENCRYPTION_KEYS: this node lacks key "${fleet.sealsWith}", with which the fleet seals. Add it.`,
    );
  if (fleet.keys[own.sealsWith] === undefined)
    throw new FleetMismatchError(
      `ENCRYPTION_KEYS: this node would seal with key "${own.sealsWith}", which others of the fleet lack. Append it there first.`,
    );
}

/** The limits that hold: those of the fleet, for as long as a node lives that was started with them. */
export function limitsInForce(own: FleetLimits, fleet: FleetLimits, others: readonly FleetLimits[]): FleetLimits {
  const isHeld = others.some((limits) => isSame(limits, fleet));
  return isHeld || others.length === 0 ? fleet : own;
}

export function isSame(a: FleetLimits, b: FleetLimits): boolean {
  return (
    a.maxSessions === b.maxSessions &&
    a.maxSessionsPerUser === b.maxSessionsPerUser &&
    a.userLimitPolicy === b.userLimitPolicy
  );
}
