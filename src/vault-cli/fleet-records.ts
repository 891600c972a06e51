import type { Redis } from 'ioredis';

import { parseSessionKey, sessionKey, type SessionAddress } from '../domain/session.ts';
import { reachStore } from '../store/connection.ts';
import type { Keyspace } from '../store/keys.ts';
import type { ArchiveStore } from '../vault/archive-store.ts';
import type { SessionRecord } from './export-file/entries.ts';

interface FleetRecordsOptions {
  readonly redis: Redis;
  readonly keys: Keyspace;
}

/**
 * What there is of a session to be exported. `leaving`: its login was asked to be given up, so its archives stay
 * behind.
 */
export type FoundRecord =
  | { readonly kind: 'record' | 'leaving'; readonly record: SessionRecord }
  | { readonly kind: 'deleting' | 'none' };

const LISTED_AT_ONCE = 200;

/** Everybody who has a record or an archive, records first. */
export async function* fleetAddresses(
  { redis, keys }: FleetRecordsOptions,
  archives: ArchiveStore,
): AsyncGenerator<SessionAddress, void, undefined> {
  const seen = new Set<string>();
  let after: string | undefined;
  for (;;) {
    const from = after === undefined ? '-' : `(${after}`;
    const found = await reachStore(() => redis.zrange(keys.sessions, from, '+', 'BYLEX', 'LIMIT', 0, LISTED_AT_ONCE));
    for (const key of found) {
      seen.add(key);
      yield parseSessionKey(key);
    }
    after = found.at(-1);
    if (found.length < LISTED_AT_ONCE) break;
  }
  for await (const address of archives.addresses()) if (!seen.has(sessionKey(address))) yield address;
}

/** All that Redis keeps of a session, at one moment. */
export async function readRecord({ redis, keys }: FleetRecordsOptions, address: SessionAddress): Promise<FoundRecord> {
  const key = sessionKey(address);
  const [fields, history, activeAt] = await reachStore(async () => {
    const replies =
      (await redis
        .multi()
        .hgetall(keys.session(key))
        .xrange(keys.history(key), '-', '+')
        .zscore(keys.active, key)
        .exec()) ?? [];
    for (const [error] of replies) if (error !== null) throw error;
    const [hash, entries, score] = replies.map(([, reply]) => reply);
    // What these three commands answer with, by Redis' own description.
    return [hash as Record<string, string>, entries as [string, string[]][], score as string | null] as const;
  });
  if (Object.keys(fields).length === 0) return { kind: 'none' };
  if (fields['desired'] === 'deleted') return { kind: 'deleting' };
  const record = { fields, history, activeAt: activeAt === null ? null : Number(activeAt) };
  return { kind: Number(fields['logout']) > Number(fields['erased']) ? 'leaving' : 'record', record };
}
