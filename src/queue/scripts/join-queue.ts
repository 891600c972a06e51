import { z } from 'zod';

import { scriptTaking } from '../../store/script.ts';

/**
 * Gives a session its place in the queue for a node: round robin by user, oldest first within one (start-time fair
 * queueing).
 *
 * A place is `2 * round`, plus one for a session of a user who has another in the queue. A user's first comes in the round
 * after the one that is being served, each further one a round after the user's last: so within a round a user has one
 * place at most, and who comes with a first session is delayed by one place of each other user, never by two. The round
 * served only grows while anybody waits, so that whoever comes later cannot go first for ever.
 *
 * Asked again before the session is in the queue, it answers the same place: every node puts in the queue what it hears of.
 *
 * Keys   job (of the session in the queue), places (hash: session key → place, and `round`), byUser (zset, all scores 0:
 *        user/place/id)
 * Reply  the place; 0 when it is in the queue already
 */
const LUA = `
local job, places, byUser = keys.job, keys.places, keys.byUser
local key, user, id = args.key, args.user, args.id
if redis.call('EXISTS', job) == 1 then return 0 end

local round = tonumber(redis.call('HGET', places, 'round') or 0)
local given = redis.call('HGET', places, key)
if given then
  if math.floor(given / 2) >= round then return tonumber(given) end
  -- Of a former stay, whose end nobody could write down: it would go before everybody.
  redis.call('ZREM', byUser, string.format('%s/%07d/%s', user, given, id))
end

local last = redis.call('ZREVRANGEBYLEX', byUser, '(' .. user .. '0', '[' .. user .. '/', 'LIMIT', 0, 1)[1]
local place
if last then
  place = 2 * (math.max(round, math.floor(string.match(last, '^[^/]+/(%d+)/') / 2)) + 1) + 1
else
  place = 2 * (round + 1)
end
place = math.min(place, args.greatest)
redis.call('HSET', places, key, place)
redis.call('ZADD', byUser, 0, string.format('%s/%07d/%s', user, place, id))
return place
`;

interface JoinQueueArgs extends QueueMember {
  readonly greatest: number;
}

/** A session's key, and the two parts of it. */
export interface QueueMember {
  readonly key: string;
  readonly user: string;
  readonly id: string;
}

export const joinQueue = scriptTaking<JoinQueueArgs>()({
  name: 'join-queue',
  keys: ['job', 'places', 'byUser'],
  lua: LUA,
  reply: z.int().nonnegative(),
});
