import { z } from 'zod';

import { RedisScript } from '../script.ts';

/**
 * Appends an event of a session that is not a snapshot, refused unless the epoch is the newest.
 *
 * KEYS  session (hash), events (stream)
 * ARGV  epoch, events kept, type, user id, id, payload (JSON)
 * Reply outcome: written, fenced, missing
 */
const LUA = `
local stored = redis.call('HGET', KEYS[1], 'epoch')
if not stored then return 'missing' end
if tonumber(stored) ~= tonumber(ARGV[1]) then return 'fenced' end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], '*', 'type', ARGV[3], 'userId', ARGV[4], 'id', ARGV[5], 'payload', ARGV[6])
return 'written'
`;

export const appendEvent = new RedisScript({
  name: 'append-event',
  lua: LUA,
  reply: z.enum(['written', 'fenced', 'missing']),
});
