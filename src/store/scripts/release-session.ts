import { z } from 'zod';

import { scriptTaking } from '../script.ts';

/**
 * Lets go of a session, unless something was asked of it that its owner has not acted upon.
 *
 * Keys   session (hash)
 * Reply  released, wanted, fenced, missing
 */
const LUA = `
local stored, seq = unpack(redis.call('HMGET', keys.session, 'epoch', 'seq'))
if not stored then return 'missing' end
if tonumber(stored) ~= args.epoch then return 'fenced' end
if tonumber(seq) ~= args.handledSeq then return 'wanted' end
redis.call('HSET', keys.session, 'owner', '')
return 'released'
`;

export const releaseSession = scriptTaking<{ readonly epoch: number; readonly handledSeq: number }>()({
  name: 'release-session',
  keys: ['session'],
  lua: LUA,
  reply: z.enum(['released', 'wanted', 'fenced', 'missing']),
});
