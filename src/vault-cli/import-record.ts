import type { Redis } from 'ioredis';
import { z } from 'zod';

import { sessionKey, type SessionAddress } from '../domain/session.ts';
import { RESTING_STATES } from '../store/resting-states.ts';
import { reachStore } from '../store/connection.ts';
import { scriptKeys, type Keyspace } from '../store/keys.ts';
import { RedisScript } from '../store/script.ts';
import { EMIT_SNAPSHOT } from '../store/scripts/emit-snapshot.ts';
import { EMPTY_DETAIL, readSessionHash } from '../store/session-hash.ts';
import type { SessionRecord } from './export-file/entries.ts';

/**
 * Writes an exported session, unless there is one of that name that must not be overwritten.
 *
 * KEYS  session (hash), events (stream), history (stream), active (zset), active of the user (zset), pendingErasures (set),
 * sessions (zset), sessions of the user (zset) ARGV  look or write, key, id, epoch, rev, created at, active at or '',
 * whether its login is to be given up (1 or 0), events kept, fields as a JSON array, history as a JSON array of [id,
 * fields] Reply outcome: free, same, runs, deleting, newer; of a write also written, in the place of free Emits
 * session.snapshot with event fleet.import
 */
const LUA = `${EMIT_SNAPSHOT}
local session, events, history, active, activeOfUser, pendingErasures, sessions, sessionsOfUser = unpack(KEYS)
local mode, key, id, epoch, rev, createdAt, activeAt, leaving, eventsKept = unpack(ARGV)

local storedEpoch, storedRev, storedCreatedAt, owner, desired = unpack(redis.call('HMGET', session, 'epoch', 'rev', 'createdAt', 'owner', 'desired'))
if storedEpoch then
  if storedEpoch == epoch and storedRev == rev and storedCreatedAt == createdAt and owner == '' then return 'same' end
  if desired == 'deleted' then return 'deleting' end
  if owner ~= '' or desired == 'running' then return 'runs' end
  if tonumber(storedEpoch) > tonumber(epoch) or tonumber(storedRev) >= tonumber(rev) then return 'newer' end
end
if mode == 'look' then return 'free' end

redis.call('DEL', session, history)
redis.call('HSET', session, unpack(cjson.decode(ARGV[10])))
for _, entry in ipairs(cjson.decode(ARGV[11])) do redis.call('XADD', history, entry[1], unpack(entry[2])) end
redis.call('ZADD', sessions, 0, key)
redis.call('ZADD', sessionsOfUser, 0, id)
if activeAt ~= '' then
  redis.call('ZADD', active, activeAt, key)
  redis.call('ZADD', activeOfUser, activeAt, key)
end
redis.call(leaving == '1' and 'SADD' or 'SREM', pendingErasures, key)
emit(session, events, eventsKept, 'fleet.import')
return 'written'
`;

const importSession = new RedisScript({
  name: 'import-session',
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

const EVENTS_KEPT = 50_000;

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
  const activeAt = desired === 'running' ? (record?.activeAt ?? now()) : '';
  const isLeaving = Number(logout) > Number(erased);
  return reachStore(() =>
    importSession.run(redis, scriptKeys(keys, address).slice(0, 8), [
      mode,
      sessionKey(address),
      address.id,
      epoch,
      rev,
      createdAt,
      activeAt,
      isLeaving ? 1 : 0,
      EVENTS_KEPT,
      JSON.stringify(Object.entries(fields).flat()),
      JSON.stringify(record?.history ?? []),
    ]),
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
    detail: JSON.stringify({ ...EMPTY_DETAIL, phoneNumber, displayName, restarts, durable, reconnect }),
  };
}
