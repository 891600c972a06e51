import type { Redis } from 'ioredis';

import type { Clock } from '../domain/clock.ts';
import { sessionKey, type SessionAddress } from '../domain/session.ts';
import { scriptKeys, type Keyspace } from '../store/keys.ts';
import { reachStore } from '../store/connection.ts';
import type { MessageStore } from '../store/message-store.ts';
import type { Ownership } from '../store/ownership.ts';
import type { MessageRetention } from '../store/scripts/append-to-message-log.ts';
import { beginSend } from '../store/scripts/begin-send.ts';
import { Brake } from './brake.ts';
import { HandOver } from './hand-over.ts';
import type { OutboxCounts } from '../domain/outbox-counts.ts';
import { OutboxLedger } from './outbox-ledger.ts';
import { Outbox, type OutboxOptions } from './outbox.ts';
import type { SealedBodies } from './sealed-bodies.ts';
import type { MediaStager } from './media-stager.ts';

/** What the outboxes of a node work with. */
interface OutboxParts {
  readonly redis: Redis;
  readonly keys: Keyspace;
  readonly clock: Clock;
  readonly store: MessageStore;
  readonly bodies: SealedBodies;
  readonly retention: MessageRetention;
  readonly counts: OutboxCounts;
  readonly randomBytes: (count: number) => Buffer;
  readonly stager: MediaStager;
}

/** Whose outbox it is. */
interface OutboxSession extends Pick<OutboxOptions, 'profileSince' | 'onFenced' | 'onError'> {
  readonly address: SessionAddress;
  /** The owner's epoch. */
  readonly epoch: number;
  readonly checkLease: () => void;
  readonly tell: Ownership['tell'];
}

export type CreateOutbox = (session: OutboxSession) => Outbox;

/** The outboxes of the sessions that run here, and who rings them. */
export interface Outboxes {
  readonly create: CreateOutbox;
  /** Something was asked of a session's outbox, if it is here. */
  ring(key: string, what: 'new' | 'changed'): void;
}

export function createOutboxes(parts: OutboxParts): Outboxes {
  const { redis, keys, clock, store, bodies, retention, counts, randomBytes, stager } = parts;
  const here = new Map<string, Outbox>();
  return {
    ring: (key, what) => here.get(key)?.ring(what),
    create: ({ address, epoch, checkLease, tell, ...hearers }) => {
      const key = sessionKey(address);
      const over = new AbortController();
      const now = (): number => clock.now();
      const ledger = new OutboxLedger({ address, epoch, store, retention, counts, now, over: over.signal });
      const handOver = new HandOver({
        address,
        epoch,
        clock,
        bodies,
        ledger,
        counts,
        checkLease,
        begin: (args) =>
          reachStore(() =>
            beginSend.run(
              redis,
              { ...scriptKeys(keys, address), message: keys.message(key, args.messageId) },
              { epoch, ...args },
            ),
          ),
        spread: () => (randomBytes(2).readUInt16LE() % 2_001) - 1_000,
        stageMedia: (content, signal) => stager.stage(address, content, signal),
        over: over.signal,
      });
      const brake = new Brake({ address, store, now, tell: (entry) => tell({ entries: [entry], retention }) });
      const outbox = new Outbox({
        address,
        clock,
        store,
        ledger,
        handOver,
        brake,
        counts,
        end: () => {
          over.abort();
          if (here.get(key) === outbox) here.delete(key);
        },
        ...hearers,
      });
      here.set(key, outbox);
      return outbox;
    },
  };
}
