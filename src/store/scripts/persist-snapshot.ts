import { z } from 'zod';

import { scriptTaking } from '../script.ts';
import type { StateFields } from '../state-fields.ts';
import { DEPART } from './depart.ts';
import { EMIT_SNAPSHOT } from './emit-snapshot.ts';

/**
 * Writes an owner's snapshot: record, history and event in one step, refused unless its epoch is the newest.
 *
 * Keys   session (hash), events and eventsOfUser (streams), wholeness (hash), history (stream), active and activeOfUser
 *        (zsets), pendingErasures (set), departures (list)
 * Reply  {outcome, rev}; outcome: written, fenced, missing
 * Emits  session.snapshot
 */
const LUA = `${EMIT_SNAPSHOT}${DEPART}
local session, at = keys.session, args.at

local stored, seq = unpack(redis.call('HMGET', session, 'epoch', 'seq'))
if not stored then return {'missing', 0} end
if tonumber(stored) ~= args.epoch then return {'fenced', 0} end
if args.number then
  -- Its first answer got lost on the way.
  if tonumber(redis.call('HGET', session, 'write') or 0) >= args.number then return {'written', tonumber(redis.call('HGET', session, 'rev'))} end
  redis.call('HSET', session, 'write', args.number)
end

local rev = redis.call('HINCRBY', session, 'rev', 1)
redis.call('HSET', session, 'detail', args.detail, 'queuePosition', args.queue.position, 'queueHeldBy', args.queue.heldBy,
  'handled', args.handledSeq, 'updatedAt', at)
if args.boundTo then redis.call('HSET', session, 'boundTo', args.boundTo) end
move(session, keys.history, at, args.event, args.state)
if args.erased then
  redis.call('HSET', session, 'erased', args.erased)
  local desired, logout = unpack(redis.call('HMGET', session, 'desired', 'logout'))
  -- Another logout may have been asked for since the one that is now done.
  if desired ~= 'deleted' and tonumber(logout) <= args.erased then redis.call('SREM', keys.pendingErasures, args.key) end
end
-- Whoever waits for a code hears of it by this snapshot; who asks from now on asks for another.
local pair, pairingFor = unpack(redis.call('HMGET', session, 'pair', 'pairingFor'))
if pairingFor and args.handledSeq >= tonumber(pair) and (args.codeFor == pairingFor or args.codeFor == 'nobody') then
  redis.call('HDEL', session, 'pairingFor', 'pairingAt')
end
if args.activity == 'settled' and args.handledSeq == tonumber(seq) then
  depart(args.key, at)
elseif args.activity == 'active' then
  redis.call('ZADD', keys.active, 'XX', at, args.key)
  redis.call('ZADD', keys.activeOfUser, 'XX', at, args.key)
end
emit(session, keys.eventsOfUser, args.event)
return {'written', rev}
`;

interface PersistSnapshotArgs {
  readonly key: string;
  readonly epoch: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly event: string;
  readonly state: StateFields;
  /** JSON. */
  readonly detail: string;
  readonly queue: QueueFields;
  /** A phone number, or empty. Left out: as before. */
  readonly boundTo: string | undefined;
  readonly handledSeq: number;
  /** A phone number for which a code is shown, `nobody` where none will come, or empty. */
  readonly codeFor: string;
  /** `settled`: no longer running, unless something newer is wanted; `active`: just used. */
  readonly activity: 'settled' | 'active' | 'same';
  /** Number of the logout whose login is now erased. */
  readonly erased: number | undefined;
  /** Grows with each write of this owner; one that was written already is not written twice. */
  readonly number: number | undefined;
}

/** A place in the queue as two fields of the record; empty for none. */
export interface QueueFields {
  readonly position: number | '';
  readonly heldBy: string;
}

export const persistSnapshot = scriptTaking<PersistSnapshotArgs>()({
  name: 'persist-snapshot',
  keys: [
    'session',
    'events',
    'eventsOfUser',
    'wholeness',
    'history',
    'active',
    'activeOfUser',
    'pendingErasures',
    'departures',
  ],
  lua: LUA,
  reply: z.tuple([z.enum(['written', 'fenced', 'missing']), z.number()]),
});
