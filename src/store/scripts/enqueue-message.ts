import { z } from 'zod';

import { scriptTaking } from '../script.ts';
import { BELLS_KEPT } from './change-message.ts';

const DAY_MS = 86_400_000;

/**
 * Takes a message to be sent: its record, its place in the outbox and its idempotency key in one step.
 *
 * Keys   session, message, outboxState and waIds (hashes), outbox, sentMessages and outboxes (zsets), idempotency
 *        (string), outboxBells (stream)
 * Reply  {outcome, id}; outcome: taken, replayed (id of the former), mismatch, full, missing
 */
const LUA = `
local desired = redis.call('HGET', keys.session, 'desired')
if not desired or desired == 'deleted' then return {'missing', ''} end

local function former(id, fingerprint)
  if fingerprint ~= args.fingerprint then return {'mismatch', id} end
  return {'replayed', id}
end
if args.isIdempotent then
  local known = redis.call('GET', keys.idempotency)
  if known then
    local id, fingerprint = string.match(known, '^(%S+) (%S+)$')
    return former(id, fingerprint)
  end
  -- The key was forgotten, but what it stood for has the same id.
  local id = redis.call('HGET', keys.waIds, args.waId)
  if id then
    local fingerprint = redis.call('HGET', args.messagePrefix .. id, 'fingerprint')
    if fingerprint then return former(id, fingerprint) end
  end
end
if redis.call('ZCARD', keys.outbox) >= args.most then return {'full', ''} end

-- What was forgotten for its age leaves the lists too: a few each time.
for _, old in ipairs(redis.call('ZRANGE', keys.sentMessages, 0, 9)) do
  if redis.call('EXISTS', args.messagePrefix .. old) == 1 then break end
  redis.call('ZREM', keys.sentMessages, old)
  redis.call('HDEL', keys.waIds, '3EB0' .. string.upper(string.sub(old, 3)))
end

local order = redis.call('HINCRBY', keys.outboxState, 'order', 1)
for name, value in pairs(args.fields) do redis.call('HSET', keys.message, name, value) end
redis.call('HSET', keys.message, 'order', order, 'version', 1)
redis.call('ZADD', keys.outbox, order, args.messageId)
redis.call('ZADD', keys.sentMessages, order, args.messageId)
redis.call('HSET', keys.waIds, args.waId, args.messageId)
if args.isIdempotent then redis.call('SET', keys.idempotency, args.messageId .. ' ' .. args.fingerprint, 'PX', ${DAY_MS}) end
if redis.call('ZSCORE', keys.outboxes, args.key) then redis.call('ZADD', keys.outboxes, 'LT', args.expiresAt, args.key)
else redis.call('ZADD', keys.outboxes, args.expiresAt, args.key) end
redis.call('XADD', keys.outboxBells, 'MAXLEN', '~', ${BELLS_KEPT}, '*', 'key', args.key, 'what', 'new')
return {'taken', args.messageId}
`;

interface EnqueueMessageArgs {
  readonly key: string;
  readonly messageId: string;
  readonly waId: string;
  readonly fields: Readonly<Record<string, string>>;
  /** Of what was asked for: two requests with the same one are the same. */
  readonly fingerprint: string;
  readonly isIdempotent: boolean;
  /** Messages of a session that may be open. */
  readonly most: number;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly messagePrefix: string;
}

export const enqueueMessage = scriptTaking<EnqueueMessageArgs>()({
  name: 'enqueue-message',
  keys: [
    'session',
    'message',
    'outboxState',
    'waIds',
    'outbox',
    'sentMessages',
    'outboxes',
    'idempotency',
    'outboxBells',
  ],
  lua: LUA,
  reply: z.tuple([z.enum(['taken', 'replayed', 'mismatch', 'full', 'missing']), z.string()]),
});
