import { z } from 'zod';

import { scriptTaking } from '../script.ts';

/**
 * Forgets one process of a node, which signs off or is known to be dead. Another one that lives under the same name is
 * left alone.
 *
 * Keys   nodes (hash), heard (zset)
 * Reply  gone, or other: that name is another living process's
 */
const LUA = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local isRead, stored = pcall(cjson.decode, redis.call('HGET', keys.nodes, args.nodeId) or '')
if isRead and type(stored) == 'table' and stored.incarnation and stored.incarnation ~= args.incarnation
  and type(stored.at) == 'number' and stored.at > now - args.timeoutMs then return 'other' end
redis.call('HDEL', keys.nodes, args.nodeId)
redis.call('ZREM', keys.heard, args.nodeId)
return 'gone'
`;

interface ForgetNodeArgs {
  readonly nodeId: string;
  /** Left out: of a version that knew none. */
  readonly incarnation: string | undefined;
  readonly timeoutMs: number;
}

export const forgetNode = scriptTaking<ForgetNodeArgs>()({
  name: 'forget-node',
  keys: ['nodes', 'heard'],
  lua: LUA,
  reply: z.enum(['gone', 'other']),
});
