import { z } from 'zod';

import { scriptTaking } from '../../store/script.ts';

/**
 * Makes an endpoint. It begins behind the newest event there is. What state each of the user's sessions is in is noted,
 * so that the next snapshot that changes nothing is not taken for a change.
 *
 * Keys   webhook and webhooksOfUser (hashes), webhookIds (set), events (stream), heads (hash), sessionsOfUser (zset)
 * Reply  the position it begins behind, or `limit`
 */
const LUA = `
if redis.call('HLEN', keys.webhooksOfUser) >= args.limit then return 'limit' end
for _, id in ipairs(redis.call('ZRANGE', keys.sessionsOfUser, 0, -1)) do
  local key = args.user .. '/' .. id
  local value = redis.call('HGET', args.sessionPrefix .. key, 'value')
  if value then
    local newest = string.match(redis.call('HGET', keys.heads, key) or '', '^%S*')
    redis.call('HSET', keys.heads, key, newest .. ' ' .. string.match(value, '^[^.]*'))
  end
end
local newest = redis.call('XREVRANGE', keys.events, '+', '-', 'COUNT', 1)[1]
local start = newest and newest[1] or '0-0'
redis.call('HSET', keys.webhook, 'record', args.record, 'sealed', args.sealed, 'start', start, 'disabledBy', args.disabledBy)
redis.call('HSET', keys.webhooksOfUser, args.id, args.taker)
redis.call('SADD', keys.webhookIds, args.id)
return start
`;

interface CreateWebhookArgs {
  readonly id: string;
  readonly limit: number;
  /** The user's id as it stands in keys. */
  readonly user: string;
  readonly sessionPrefix: string;
  /** JSON. */
  readonly record: string;
  readonly sealed: string;
  /** `1` where it takes every snapshot. */
  readonly taker: '0' | '1';
  readonly disabledBy: '' | 'user';
}

export const createWebhook = scriptTaking<CreateWebhookArgs>()({
  name: 'create-webhook',
  keys: ['webhook', 'webhooksOfUser', 'webhookIds', 'events', 'heads', 'sessionsOfUser'],
  lua: LUA,
  reply: z.string(),
});
