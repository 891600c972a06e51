import { z } from 'zod';

import { scriptTaking } from '../script.ts';
import { WRITE_MESSAGE } from './change-message.ts';

/**
 * Writes down that a message is about to be handed over, where its pace and WhatsApp's restrictions let it; refused
 * unless the epoch is the newest and the message as it was read. What is used up of the pace is counted in the same
 * step, so that no restart gives it back.
 *
 * Keys   session, message and outboxState (hashes), outbox and outboxes (zsets), knownChats (zset)
 * Reply  {outcome, until}; outcome: began, pacing, new_chats, restriction (until: ms since 1970), changed, fenced, missing
 */
const LUA = `${WRITE_MESSAGE}
local epoch = redis.call('HGET', keys.session, 'epoch')
if not epoch then return {'missing', 0} end
if tonumber(epoch) ~= args.epoch then return {'fenced', 0} end
local version = redis.call('HGET', keys.message, 'version')
if not version then return {'missing', 0} end
if tonumber(version) ~= args.version then return {'changed', 0} end

local function number(name, default)
  local text = redis.call('HGET', keys.outboxState, name)
  return text and text ~= '' and tonumber(text) or default
end
local isNew = not redis.call('ZSCORE', keys.knownChats, args.chat)
local restrictedUntil = number('restrictedUntil', 0)
if isNew and restrictedUntil > args.at then return {'restriction', restrictedUntil} end

local day = math.floor(args.at / 86400000)
local sameDay = number('day', -1) == day
local sent, newChats = sameDay and number('sentToday', 0) or 0, sameDay and number('newChatsToday', 0) or 0
local tomorrow = (day + 1) * 86400000
local perDay, newChatsPerDay = number('perDay', nil), number('newChatsPerDay', nil)
if perDay and sent >= perDay then return {'pacing', tomorrow} end
if isNew and newChatsPerDay and newChats >= newChatsPerDay then return {'new_chats', tomorrow} end

local burst, perSecond, jitter = number('burst', 5), number('perSecond', 1), number('jitter', 0.5)
-- A bucket that fills; how fast until the next one is drawn with each.
local factor = number('factor', 1)
local rate = perSecond / factor / 1000
local full = math.max(1, burst)
local tokens = math.min(full, number('tokens', full) + math.max(0, args.at - number('filledAt', args.at)) * rate)
if tokens < 0.999999 then return {'pacing', math.ceil(args.at + (1 - tokens) / rate)} end
redis.call('HSET', keys.outboxState, 'tokens', string.format('%.6f', tokens - 1), 'filledAt', string.format('%.0f', args.at),
  'factor', string.format('%.6f', math.max(0.01, 1 + jitter * args.spread / 1000)), 'day', day, 'sentToday', sent + 1,
  'newChatsToday', newChats + (isNew and 1 or 0))
redis.call('ZADD', keys.knownChats, args.at, args.chat)
write(args.fields)
redis.call('HINCRBY', keys.message, 'attempts', 1)
return {'began', 0}
`;

interface BeginSendArgs {
  readonly epoch: number;
  readonly messageId: string;
  /** Of the message as it was read. */
  readonly version: number;
  readonly fields: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly chat: string;
  /** -1,000 to 1,000 by chance: so much of the jitter. */
  readonly spread: number;
}

export const beginSend = scriptTaking<BeginSendArgs>()({
  name: 'begin-send',
  keys: ['session', 'message', 'outboxState', 'outbox', 'outboxes', 'knownChats'],
  lua: LUA,
  reply: z.tuple([z.enum(['began', 'pacing', 'new_chats', 'restriction', 'changed', 'fenced', 'missing']), z.number()]),
});
