import { z } from 'zod';

import type { Engine } from '../../domain/driver-traits.ts';

import { scriptTaking } from '../script.ts';
import type { StateFields } from '../state-fields.ts';
import { DEPART } from './depart.ts';
import { EMIT_SNAPSHOT } from './emit-snapshot.ts';
import { QUEUE_POSITION } from './queue-position.ts';

/** How long one pairing request is answered by another that is under way (ms): as long as who asks waits. */
const PAIRING_MS = 30_000;

/**
 * Writes what is wanted of a session, and admits it: the one place where limits are decided.
 *
 * Where nobody runs the session, its snapshot follows at once; a stop is then all done, so `handled` follows too: no
 * owner will come to raise it. A request that changes nothing raises neither `seq` nor `rev`; so does one to pair with
 * a number that is being paired with (`pairingFor`, until its code is shown).
 *
 * Keys   session (hash), events and eventsOfUser (streams), wholeness (hash), history (stream), active and activeOfUser
 *        (zsets), pendingErasures (set), sessions and sessionsOfUser (zsets), departures (list), proxy (string); and, by prefixes among
 *        the arguments, record and history of the session that is evicted
 * Reply  {outcome, changed, created, fields…}; outcome: recorded, missing, deleting, pool_full, user_limit, not_waiting;
 *        of pool_full the fields are the last departures
 * Emits  session.snapshot with event intent.<action>
 */
const LUA = `${EMIT_SNAPSHOT}${QUEUE_POSITION}${DEPART}
local session, active, activeOfUser = keys.session, keys.active, keys.activeOfUser
local key, action, at, states = args.key, args.action, args.at, args.states

local function get(field) return redis.call('HGET', session, field) end
local function answer(outcome, changed, created)
  return {outcome, changed, created, redis.call('HGETALL', session)}
end

local exists = redis.call('EXISTS', session) == 1
local creates = action == 'create' or action == 'create_and_start'
if not exists and not creates then return {'missing', 0, 0, {}} end
if exists and get('desired') == 'deleted' and action ~= 'delete' then return {'deleting', 0, 0, {}} end

-- Stops the user's least recently active session, to make room for this one.
local function evictOldest()
  local oldest = redis.call('ZRANGE', activeOfUser, 0, 0)[1]
  if not oldest then return end
  local hash = args.sessionPrefix .. oldest
  redis.call('ZREM', active, oldest)
  redis.call('ZREM', activeOfUser, oldest)
  redis.call('HINCRBY', hash, 'rev', 1)
  local seq = redis.call('HINCRBY', hash, 'seq', 1)
  redis.call('HSET', hash, 'desired', 'stopped', 'evict', seq, 'updatedAt', at)
  if redis.call('HGET', hash, 'owner') == '' then
    showPosition(hash, nil)
    move(hash, args.historyPrefix .. oldest, at, 'intent.evict', states.evicted)
    redis.call('HSET', hash, 'handled', seq)
  end
  emit(hash, keys.eventsOfUser, 'intent.evict')
end

local wants = ({create_and_start = 'start', restart = 'start', reconnect = 'start'})[action] or action
if wants == 'start' and not redis.call('ZSCORE', active, key) then
  if redis.call('ZCARD', activeOfUser) >= args.maxSessionsPerUser then
    if args.userLimitPolicy ~= 'evict-oldest' then return {'user_limit', 0, 0, {}} end
    evictOldest()
  end
  if redis.call('ZCARD', active) >= args.maxSessions then return {'pool_full', 0, 0, redis.call('LRANGE', keys.departures, 0, -1)} end
end

local created = 0
if not exists then
  created = 1
  local state = states.neverStarted
  redis.call('HSET', session, 'userId', args.userId, 'id', args.id, 'engine', args.engine, 'metadata', args.metadata, 'detail', args.detail, 'createdAt', at,
    'since', at, 'value', state.value, 'reason', state.reason, 'tags', state.tags, 'desired', 'stopped', 'pairWith', '',
    'owner', '', 'nodeId', '', 'epoch', 0, 'rev', 0, 'seq', 0, 'handled', 0, 'erased', 0, 'restart', 0, 'reconnect', 0, 'logout', 0,
    'pair', 0, 'evict', 0, 'rebind', 0, 'boundTo', '', 'queuePosition', '', 'queueHeldBy', '')
  redis.call('ZADD', keys.sessions, 0, key)
  redis.call('ZADD', keys.sessionsOfUser, 0, args.id)
end

local desired, value, reason, owner = get('desired'), get('value'), get('reason'), get('owner')
local running = desired == 'running' and redis.call('ZSCORE', active, key)
local erasing = tonumber(get('logout')) > tonumber(get('erased'))
if action == 'pair' and string.sub(value, 1, 10) ~= 'waiting_qr' then return answer('not_waiting', 0, 0) end
if action == 'pair' and get('pairingFor') == args.pairWith and at - get('pairingAt') < ${PAIRING_MS} then return answer('recorded', 0, created) end
-- On its way to rest by itself: its login was given up on the phone, nobody scanned, or it may be left to a person. A
-- start that comes now must follow when it is there, so that it is no repetition of the one before.
local ending = string.sub(value, 1, 24) == 'disconnected.logging_out' or value == 'disconnected.closing'
  or value == 'failed.closing' or value == 'failed.judging' or string.sub(value, 1, 15) == 'failed.refusing'
local unchanged = (action == 'create' and created == 0)
  or (action == 'create_and_start' and running and not ending)
  -- Who asks for a start itself does not want to wait for the supervisor's restart; a page that only makes sure that there is a session may.
  or (action == 'start' and running and not ending and string.sub(value, 1, 6) ~= 'failed')
  or (action == 'stop' and desired == 'stopped')
  or (action == 'logout' and desired == 'stopped' and (erasing or (owner == '' and reason == 'logged_out')))
  or (action == 'delete' and desired == 'deleted')
local rebinds = args.rebind and created == 0
if args.proxy == '' then redis.call('DEL', keys.proxy) elseif args.proxy then redis.call('SET', keys.proxy, args.proxy) end
-- The page that is open, or on its way, goes through the former proxy.
local relaunches = args.proxy and created == 0 and running and owner ~= ''
if unchanged and not rebinds and not relaunches then return answer('recorded', 0, created) end

redis.call('HINCRBY', session, 'rev', 1)
local seq = action == 'create' and not rebinds and not relaunches and 0 or redis.call('HINCRBY', session, 'seq', 1)
redis.call('HSET', session, 'updatedAt', at)

local function rest(state)
  move(session, keys.history, at, 'intent.' .. action, state)
end

-- Whoever runs it, or has just let go of it, remembers the number, and hears of it.
if rebinds then
  redis.call('HSET', session, 'rebind', seq)
  if owner == '' then redis.call('HSET', session, 'boundTo', '') end
end
if relaunches then redis.call('HSET', session, 'restart', seq) end
if unchanged then
  if action == 'create' and owner == '' and desired ~= 'running' and not erasing then redis.call('HSET', session, 'handled', seq) end
elseif wants == 'start' then
  redis.call('ZADD', active, at, key)
  redis.call('ZADD', activeOfUser, at, key)
  redis.call('HSET', session, 'desired', 'running')
  if action ~= 'reconnect' and action ~= 'restart' then redis.call('HSET', session, 'pairWith', args.pairWith) end
  -- As long as somebody has the former browser, a stop under way included, a fresh one must be asked for.
  if (action == 'restart' or action == 'reconnect') and (running or owner ~= '') then redis.call('HSET', session, action, seq) end
  if owner == '' then rest(states.queued) end
elseif action == 'stop' or action == 'logout' or action == 'delete' then
  depart(key, at)
  redis.call('HSET', session, 'desired', action == 'delete' and 'deleted' or 'stopped')
  if owner == '' then showPosition(session, nil) end
  if action == 'stop' then
    if owner == '' and (reason == 'queued' or string.sub(value, 1, 6) == 'failed') then rest(states.stopped) end
    if owner == '' and not erasing then redis.call('HSET', session, 'handled', seq) end
  else
    redis.call('SADD', keys.pendingErasures, key)
    if action == 'logout' then redis.call('HSET', session, 'logout', seq) end
  end
elseif action == 'pair' then
  redis.call('HSET', session, 'pair', seq, 'pairWith', args.pairWith, 'pairingFor', args.pairWith, 'pairingAt', at)
end

emit(session, keys.eventsOfUser, 'intent.' .. action)
return answer('recorded', 1, created)
`;

interface RecordIntentArgs {
  readonly key: string;
  readonly userId: string;
  readonly id: string;
  readonly action: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** A phone number, or empty. */
  readonly pairWith: string;
  /** From now on another phone may be linked than before. */
  readonly rebind: boolean;
  /** The sealed URL of the session's proxy from now on; empty for none; left out: as it is. */
  readonly proxy: string | undefined;
  /** JSON, of a session that is created. */
  /** What a session that is created here runs on. */
  readonly engine: Engine;
  readonly metadata: string;
  /** The same. */
  readonly detail: string;
  readonly states: Readonly<Record<'neverStarted' | 'queued' | 'stopped' | 'evicted', StateFields>>;
  readonly maxSessions: number;
  readonly maxSessionsPerUser: number;
  readonly userLimitPolicy: 'reject' | 'evict-oldest';
  readonly sessionPrefix: string;
  readonly historyPrefix: string;
}

export const recordIntent = scriptTaking<RecordIntentArgs>()({
  name: 'record-intent',
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
    'departures',
    'proxy',
  ],
  lua: LUA,
  reply: z.tuple([
    z.enum(['recorded', 'missing', 'deleting', 'pool_full', 'user_limit', 'not_waiting']),
    z.literal([0, 1]),
    z.literal([0, 1]),
    z.array(z.string()),
  ]),
});
