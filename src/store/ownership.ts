import type { Redis } from 'ioredis';

import { FencedError } from '../domain/errors.ts';
import { sessionKey, type Reason, type Session, type SessionAddress, type SessionTag } from '../domain/session.ts';
import { reachStore } from './connection.ts';
import { scriptKeys, type Keyspace } from './keys.ts';
import { claimSession } from './scripts/claim-session.ts';
import { persistSnapshot } from './scripts/persist-snapshot.ts';
import { releaseSession } from './scripts/release-session.ts';
import { removeSession } from './scripts/remove-session.ts';
import type { MessageRetention } from './scripts/append-to-message-log.ts';
import { tellMessages, type ToldEntry } from './scripts/tell-messages.ts';
import {
  detailField,
  fieldsOf,
  queueFields,
  readSessionHash,
  type SessionDetail,
  type StoredSession,
} from './session-hash.ts';
import { stateFields } from './state-fields.ts';

/** What the owner of a session writes when its machine has moved. */
export interface OwnerSnapshot {
  readonly value: string;
  readonly reason: Reason | null;
  readonly tags: readonly SessionTag[];
  readonly detail: SessionDetail;
  /** The only number that may be linked; `null` for any. Left out: as before. */
  readonly boundTo?: string | null;
  /** Its place in the queue for a launch, where that is known. */
  readonly queue?: Session['queue'];
  /** The machine event that led here. */
  readonly event: string;
  /** Number of the last request acted upon. */
  readonly handledSeq: number;
  /** `settled`: it no longer counts as running. `active`: a person or a message moved it. */
  readonly activity: 'settled' | 'active' | 'same';
  /** Number of the logout whose login is now erased. */
  readonly erased?: number | undefined;
  /** The phone number for which there is a pairing code with this; `nobody`: none is to be expected. */
  readonly codeFor?: string | undefined;
}

/** What was heard of a session's messages. */
export interface ToldMessages {
  readonly entries: readonly ToldEntry[];
  readonly retention: MessageRetention;
  /** Up to when messages are taken in with these (ms since 1970). */
  readonly watermark?: number | undefined;
  /** When the session was linked (ms since 1970), where that is news. */
  readonly linkedAt?: number | undefined;
}

/** How many of them were news, and how many were told before. */
export interface ToldCounts {
  readonly told: number;
  readonly duplicates: number;
}

/** The session is this node's: newly claimed, or taken back with its epoch unchanged. */
export interface HeldClaim {
  readonly kind: 'claimed' | 'adopted';
  readonly ownership: Ownership;
  readonly stored: StoredSession;
}
/** `unreadable`: this build cannot read the record, and leaves it alone. */
export type Claim = HeldClaim | { readonly kind: 'superseded' | 'missing' | 'unreadable' };

interface OwnershipOptions {
  readonly redis: Redis;
  readonly keys: Keyspace;
  readonly now: () => number;
}

/**
 * Takes a session for `nodeId`: from now on every earlier owner's writes are refused. With `expectedEpoch` it is only
 * taken back when nobody else had it in between.
 */
export async function claim(
  options: OwnershipOptions,
  address: SessionAddress,
  nodeId: string,
  expectedEpoch?: number,
): Promise<Claim> {
  const keys = scriptKeys(options.keys, address);
  // What cannot be read must not be taken from whoever can.
  const before = await reachStore(() => options.redis.hgetall(keys.session));
  if (Object.keys(before).length > 0 && !isReadable(before)) return { kind: 'unreadable' };
  const [kind, flat] = await reachStore(() => claimSession.run(options.redis, keys, { nodeId, expectedEpoch }));
  if (kind === 'missing' || kind === 'superseded') return { kind };
  const stored = readSessionHash(fieldsOf(flat));
  return { kind, stored, ownership: new Ownership(options, address, stored.intent.epoch) };
}

function isReadable(fields: Record<string, string>): boolean {
  try {
    readSessionHash(fields);
    return true;
  } catch {
    return false;
  }
}

/**
 * The right to write about one session, carried by its epoch. Each method throws {@link FencedError} when a newer owner
 * has it: the holder must then end its browser and say nothing more.
 */
export class Ownership {
  readonly epoch: number;
  readonly #options: OwnershipOptions;
  readonly #address: SessionAddress;
  readonly #key: string;
  readonly #keys: ReturnType<typeof scriptKeys>;

  constructor(options: OwnershipOptions, address: SessionAddress, epoch: number) {
    this.#options = options;
    this.#address = address;
    this.#key = sessionKey(address);
    this.#keys = scriptKeys(options.keys, address);
    this.epoch = epoch;
  }

  /**
   * Writes record, history and event in one step. Returns the rev. `number`, when it is given, grows with each snapshot
   * of this ownership: one that has been written already, though its answer got lost, is not written twice.
   */
  async persist(snapshot: OwnerSnapshot, number?: number): Promise<number> {
    const { redis, now } = this.#options;
    const {
      value,
      reason,
      tags,
      detail,
      queue = null,
      boundTo,
      event,
      handledSeq,
      activity,
      erased,
      codeFor = '',
    } = snapshot;
    const [outcome, rev] = await reachStore(() =>
      persistSnapshot.run(redis, this.#keys, {
        key: this.#key,
        epoch: this.epoch,
        at: now(),
        event,
        state: stateFields({ value, reason, tags }),
        detail: detailField(detail),
        boundTo: boundTo === null ? '' : boundTo,
        queue: queueFields(queue),
        handledSeq,
        activity,
        erased,
        codeFor,
        number,
      }),
    );
    this.#refuseUnless(outcome === 'written');
    return rev;
  }

  /** Tells what was heard of the session's messages, each thing once, in one step. */
  async tell({ entries, retention, watermark, linkedAt }: ToldMessages): Promise<ToldCounts> {
    const args = { ...this.#address, epoch: this.epoch, entries, retention, watermark, linkedAt };
    const [outcome, told, duplicates] = await reachStore(() => tellMessages.run(this.#options.redis, this.#keys, args));
    this.#refuseUnless(outcome === 'written');
    return { told, duplicates };
  }

  /** Throws unless the session is still this owner's. */
  async confirm(): Promise<void> {
    const { redis, keys } = this.#options;
    const epoch = await reachStore(() => redis.hget(keys.session(this.#key), 'epoch'));
    this.#refuseUnless(epoch === String(this.epoch));
  }

  /** Lets go. `wanted`: something newer than `handledSeq` was asked, so the session is kept. */
  async release(handledSeq: number): Promise<'released' | 'wanted'> {
    const outcome = await reachStore(() =>
      releaseSession.run(this.#options.redis, this.#keys, { epoch: this.epoch, handledSeq }),
    );
    this.#refuseUnless(outcome === 'released' || outcome === 'wanted');
    return outcome === 'wanted' ? 'wanted' : 'released';
  }

  /** Destroys record and history. Call it once the login is gone. `stillListed`: the phone lists the device still. */
  async remove(stillListed = false): Promise<void> {
    const { keys } = this.#options;
    const args = {
      key: this.#key,
      epoch: this.epoch,
      stillListed,
      messagePrefix: keys.message(this.#key, ''),
      idempotencyPrefix: keys.idempotency(this.#key, ''),
    };
    const outcome = await reachStore(() => removeSession.run(this.#options.redis, this.#keys, args));
    this.#refuseUnless(outcome === 'removed');
  }

  #refuseUnless(accepted: boolean): void {
    if (!accepted) throw new FencedError(this.#key, this.epoch);
  }
}
