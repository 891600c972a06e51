import { z } from 'zod';

import { scriptTaking } from '../../store/script.ts';

/**
 * Gives a session its place in the line for a node: round robin by user, oldest first within one (start-time fair
 * queueing).
 *
 * A place is `2 * round`, plus one for a session of a user who has another in line. A user's first comes in the round
 * after the one that is being served, each further one a round after the user's last: so within a round a user has one
 * place at most, and who comes with a first session is delayed by one place of each other user, never by two. The round
 * served only grows while anybody waits, so that whoever comes later cannot go first for ever.
 *
 * Asked again before the session is in the queue, it answers the same place: every node puts in line what it hears of.
 *
 * Keys   job (of the session in the queue), line (hash: session key → place, and `round`), places (zset, all scores 0:
 *        user/place/id)
 * Reply  the place; 0 when it is in the queue already
 */
const LUA = `
local job, line, places = keys.job, keys.line, keys.places
local key, user, id = args.key, args.user, args.id
if redis.call('EXISTS', job) == 1 then return 0 end

local round = tonumber(redis.call('HGET', line, 'round') or 0)
local given = redis.call('HGET', line, key)
if given then
  if math.floor(given / 2) >= round then return tonumber(given) end
  -- Of a former stay, whose end nobody could write down: it would go before everybody.
  redis.call('ZREM', places, string.format('%s/%07d/%s', user, given, id))
end

local last = redis.call('ZREVRANGEBYLEX', places, '(' .. user .. '0', '[' .. user .. '/', 'LIMIT', 0, 1)[1]
local place
if last then
  place = 2 * (math.max(round, math.floor(string.match(last, '^[^/]+/(%d+)/') / 2)) + 1) + 1
else
  place = 2 * (round + 1)
end
place = math.min(place, args.greatest)
redis.call('HSET', line, key, place)
redis.call('ZADD', places, 0, string.format('%s/%07d/%s', user, place, id))
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
  keys: ['job', 'line', 'places'],
  lua: LUA,
  reply: z.int().nonnegative(),
});
