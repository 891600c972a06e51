import { z } from 'zod';

import { scriptTaking } from '../script.ts';

/**
 * Says that a node lives, by the clock of Redis: no node knows another's. Refused while another process lives under the
 * same name. A process that beats under an incarnation is heard of every second; one of an older version is not, and is
 * given longer.
 *
 * Keys   nodes (hash: node → its record), heard (zset: nodes by when they were heard of, in ms since 1970)
 * Reply  {outcome, at}: `beats` and now, or `taken` and when the other process was heard of last
 */
const LUA = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local isRead, stored = pcall(cjson.decode, redis.call('HGET', keys.nodes, args.nodeId) or '')
if isRead and type(stored) == 'table' and type(stored.at) == 'number' and stored.incarnation ~= args.incarnation then
  local patience = stored.incarnation and args.lostMs or args.timeoutMs
  if stored.at > now - patience then return {'taken', stored.at} end
end
redis.call('HSET', keys.nodes, args.nodeId, string.format('{"at":%.0f,', now) .. string.sub(args.record, 2))
redis.call('ZADD', keys.heard, now, args.nodeId)
return {'beats', now}
`;

interface BeatNodeArgs {
  readonly nodeId: string;
  /** Of the process; another one under the same name has another. */
  readonly incarnation: string;
  /** JSON: an object that is not empty, without `at`. */
  readonly record: string;
  /** How long one that beats may be silent before it counts as gone, and how long one of an older version. */
  readonly lostMs: number;
  readonly timeoutMs: number;
}

export const beatNode = scriptTaking<BeatNodeArgs>()({
  name: 'beat-node',
  keys: ['nodes', 'heard'],
  lua: LUA,
  reply: z.tuple([z.enum(['beats', 'taken']), z.number()]),
});
