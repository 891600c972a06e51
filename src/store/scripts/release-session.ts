import { z } from 'zod';

import { RedisScript } from '../script.ts';

/**
 * Lets go of a session, unless something was asked of it that its owner has not acted upon.
 *
 * KEYS  session (hash)
 * ARGV  epoch, handled seq
 * Reply outcome: released, wanted, fenced, missing
 */
const LUA = `
local stored, seq = unpack(redis.call('HMGET', KEYS[1], 'epoch', 'seq'))
if not stored then return 'missing' end
if tonumber(stored) ~= tonumber(ARGV[1]) then return 'fenced' end
if tonumber(seq) ~= tonumber(ARGV[2]) then return 'wanted' end
redis.call('HSET', KEYS[1], 'owner', '')
return 'released'
`;

export const releaseSession = new RedisScript({
  name: 'release-session',
  lua: LUA,
  reply: z.enum(['released', 'wanted', 'fenced', 'missing']),
});
