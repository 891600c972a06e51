import { z } from 'zod';

import { scriptTaking } from '../../store/script.ts';

/**
 * Writes an endpoint's settings, if it is as the caller has read it. Where that is asked for, forgets how it failed and
 * has its lanes looked at.
 *
 * Keys   webhook, webhooksOfUser and lanes (hashes), behind (set), heads (hash), sessionsOfUser (zset)
 * Reply  written, missing, moved (another request came in between)
 */
const LUA = `
local record, sealed = unpack(redis.call('HMGET', keys.webhook, 'record', 'sealed'))
if not record then return 'missing' end
if record ~= args.expected.record or sealed ~= args.expected.sealed then return 'moved' end
redis.call('HSET', keys.webhook, 'record', args.record, 'sealed', args.sealed)
redis.call('HSET', keys.webhooksOfUser, args.id, args.taker)
if args.disabledBy then redis.call('HSET', keys.webhook, 'disabledBy', args.disabledBy) end
if args.isRevived then
  redis.call('HSET', keys.webhook, 'failures', 0, 'recoveredAt', args.now)
  redis.call('HDEL', keys.webhook, 'failingSince', 'openUntil')
end
local function look(key) if redis.call('HEXISTS', keys.heads, key) == 1 then redis.call('SADD', keys.behind, key) end end
for _, id in ipairs(redis.call('ZRANGE', keys.sessionsOfUser, 0, -1)) do look(args.user .. '/' .. id) end
-- Of sessions that are deleted meanwhile, too.
for _, lane in ipairs(redis.call('HKEYS', keys.lanes)) do look(lane) end
return 'written'
`;

interface UpdateWebhookArgs {
  readonly id: string;
  readonly user: string;
  readonly now: number;
  readonly expected: { readonly record: string; readonly sealed: string };
  readonly record: string;
  readonly sealed: string;
  readonly taker: '0' | '1';
  /** Left as it is where it is left out. */
  readonly disabledBy: '' | 'user' | undefined;
  readonly isRevived: boolean;
}

export const updateWebhook = scriptTaking<UpdateWebhookArgs>()({
  name: 'update-webhook',
  keys: ['webhook', 'webhooksOfUser', 'lanes', 'behind', 'heads', 'sessionsOfUser'],
  lua: LUA,
  reply: z.enum(['written', 'missing', 'moved']),
});
