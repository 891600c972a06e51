import type { Redis } from 'ioredis';
import { z } from 'zod';

import { sessionKey, type SessionAddress } from '../domain/session.ts';
import { RESTING_STATES } from '../store/resting-states.ts';
import { reachStore } from '../store/connection.ts';
import { scriptKeys, type Keyspace } from '../store/keys.ts';
import { scriptTaking } from '../store/script.ts';
import { EMIT_SNAPSHOT } from '../store/scripts/emit-snapshot.ts';
import { detailField, EMPTY_DETAIL, readSessionHash } from '../store/session-hash.ts';
import type { SessionRecord } from './export-file/entries.ts';

/**
 * Writes an exported session, unless there is one of that name that must not be overwritten.
 *
 * Keys   session (hash), events and eventsOfUser (streams), wholeness (hash), history (stream), active and activeOfUser
 *        (zsets), pendingErasures (set), sessions and sessionsOfUser (zsets)
 * Reply  free, same, runs, deleting, newer; of a write also written, in the place of free
 * Emits  session.snapshot with event fleet.import
 */
const LUA = `${EMIT_SNAPSHOT}
local session = keys.session

local storedEpoch, storedRev, storedCreatedAt, owner, desired = unpack(redis.call('HMGET', session, 'epoch', 'rev', 'createdAt', 'owner', 'desired'))
if storedEpoch then
  if storedEpoch == args.epoch and storedRev == args.rev and storedCreatedAt == args.createdAt and owner == '' then return 'same' end
  if desired == 'deleted' then return 'deleting' end
  if owner ~= '' or desired == 'running' then return 'runs' end
  if tonumber(storedEpoch) > tonumber(args.epoch) or tonumber(storedRev) >= tonumber(args.rev) then return 'newer' end
end
if args.mode == 'look' then return 'free' end

redis.call('DEL', session, keys.history)
redis.call('HSET', session, unpack(args.fields))
for _, entry in ipairs(args.history) do redis.call('XADD', keys.history, entry[1], unpack(entry[2])) end
redis.call('ZADD', keys.sessions, 0, args.key)
redis.call('ZADD', keys.sessionsOfUser, 0, args.id)
if args.activeAt then
  redis.call('ZADD', keys.active, args.activeAt, args.key)
  redis.call('ZADD', keys.activeOfUser, args.activeAt, args.key)
end
redis.call(args.isLeaving and 'SADD' or 'SREM', keys.pendingErasures, args.key)
emit(session, keys.eventsOfUser, 'fleet.import')
return 'written'
`;

interface ImportSessionArgs {
  readonly mode: 'look' | 'write';
  readonly key: string;
  readonly id: string;
  readonly epoch: string;
  readonly rev: string;
  readonly createdAt: string;
  /** Where it is to run: when it was last active (ms since 1970). */
  readonly activeAt: number | undefined;
  /** Its login is to be given up. */
  readonly isLeaving: boolean;
  /** Names and values in turn. */
  readonly fields: readonly string[];
  readonly history: SessionRecord['history'];
}

const importSession = scriptTaking<ImportSessionArgs>()({
  name: 'import-session',
  keys: [
    'session',
    'events',
    'eventsOfUser',
    'wholeness',
    'history',
    'active',
    'activeOfUser',
    'pendingErasures',
    'sessions',
    'sessionsOfUser',
  ],
  lua: LUA,
  reply: z.enum(['free', 'same', 'runs', 'deleting', 'newer', 'written']),
});

/** `same`: it was imported before. The others: there is one here that must stay as it is. */
export type Placing = 'free' | 'written' | 'same' | 'runs' | 'deleting' | 'newer';

interface ImportOptions {
  readonly redis: Redis;
  readonly keys: Keyspace;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Whether a record may be written here, or (`record` is `null`) whether there is any of this name. */
export async function lookForPlace(
  options: ImportOptions,
  address: SessionAddress,
  record: SessionRecord | null,
): Promise<Placing> {
  return run(options, 'look', address, record?.fields ?? {}, null);
}

/**
 * Writes a record as that of a session which nobody runs: one that is to run waits for a node. In one step with looking
 * whether it may. Throws a `ZodError` on a record that is none.
 */
export async function writeRecord(
  options: ImportOptions,
  address: SessionAddress,
  record: SessionRecord,
): Promise<Placing> {
  return run(options, 'write', address, atRest(record, options.now()), record);
}

async function run(
  { redis, keys, now }: ImportOptions,
  mode: 'look' | 'write',
  address: SessionAddress,
  fields: Record<string, string>,
  record: SessionRecord | null,
): Promise<Placing> {
  const { epoch = '0', rev = '0', createdAt = '', desired, logout = '0', erased = '0' } = fields;
  const activeAt = desired === 'running' ? (record?.activeAt ?? now()) : undefined;
  const isLeaving = Number(logout) > Number(erased);
  return reachStore(() =>
    importSession.run(redis, scriptKeys(keys, address), {
      mode,
      key: sessionKey(address),
      id: address.id,
      epoch,
      rev,
      createdAt,
      activeAt,
      isLeaving,
      fields: Object.entries(fields).flat(),
      history: record?.history ?? [],
    }),
  );
}

/** What was true of a browser is not true here: of the record stays what outlives one. */
function atRest({ fields }: SessionRecord, now: number): Record<string, string> {
  const { session, intent } = readSessionHash(fields);
  const { write: _, ...kept } = fields;
  const isWanted = intent.desired === 'running';
  const isAtRest = intent.owner === null && session.tags.includes('at_rest');
  if (isAtRest && !isWanted) return kept;
  const state = isWanted ? RESTING_STATES.queued : RESTING_STATES.stopped;
  const { phoneNumber, displayName, restarts, durable } = session;
  const reconnect = { ...EMPTY_DETAIL.reconnect, maxAttempts: session.reconnect.maxAttempts };
  return {
    ...kept,
    owner: '',
    value: state.value,
    reason: state.reason,
    tags: JSON.stringify(state.tags),
    since: String(now),
    ...(isWanted ? {} : { handled: String(intent.intentSeq) }),
    detail: detailField({ ...EMPTY_DETAIL, phoneNumber, displayName, restarts, durable, reconnect }),
    queuePosition: '',
    queueHeldBy: '',
  };
}
