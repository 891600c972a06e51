import { z } from 'zod';

import { EVENT_RETENTION } from '../event-retention.ts';
import { scriptTaking } from '../script.ts';

/**
 * Reads one user's events after a position, if that user's stream is known to hold all of them.
 *
 * Keys   events and eventsOfUser (streams), wholeness (hash)
 * Reply  {verdict, entries}; verdict: whole, or elsewhere where only everybody's stream can tell
 */
const LUA = `
local function isOlder(a, b)
  local aMs, aSeq = string.match(a, '^(%d+)-(%d+)$')
  local bMs, bSeq = string.match(b, '^(%d+)-(%d+)$')
  aMs, aSeq, bMs, bSeq = tonumber(aMs), tonumber(aSeq), tonumber(bMs), tonumber(bSeq)
  return aMs < bMs or (aMs == bMs and aSeq < bSeq)
end

-- Redis has no command that tells the fields of a stream by name.
local function infoOf(stream, field)
  local info = redis.call('XINFO', 'STREAM', stream)
  for index = 1, #info, 2 do
    if info[index] == field then return info[index + 1] end
  end
end

local last, since = unpack(redis.call('HMGET', keys.wholeness, 'last', 'since'))
local newest = redis.call('XREVRANGE', keys.events, '+', '-', 'COUNT', 1)[1]
-- Somebody writes to everybody's stream alone, or did at that time.
if not last or (newest and newest[1] ~= last) or isOlder(args.after, since) then return {'elsewhere', {}} end

local oldest = redis.call('XRANGE', keys.eventsOfUser, '-', '+', 'COUNT', 1)[1]
if not oldest or isOlder(args.after, oldest[1]) then
  -- Before its first entry nothing happened, unless that was trimmed, or forgotten for its age.
  if oldest and infoOf(keys.eventsOfUser, 'entries-added') ~= infoOf(keys.eventsOfUser, 'length') then return {'elsewhere', {}} end
  local now = tonumber(redis.call('TIME')[1]) * 1000
  if tonumber(string.match(args.after, '^%d+')) <= now - ${EVENT_RETENTION.ofUserMs} then return {'elsewhere', {}} end
end
return {'whole', redis.call('XRANGE', keys.eventsOfUser, '(' .. args.after, '+', 'COUNT', args.count)}
`;

export const readEventsOfUser = scriptTaking<{ readonly after: string; readonly count: number }>()({
  name: 'read-events-of-user',
  keys: ['events', 'eventsOfUser', 'wholeness'],
  lua: LUA,
  reply: z.tuple([z.enum(['whole', 'elsewhere']), z.array(z.tuple([z.string(), z.array(z.string())]))]),
});
