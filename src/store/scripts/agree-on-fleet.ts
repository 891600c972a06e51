import { z } from 'zod';

import { scriptTaking } from '../script.ts';

/**
 * What a process that enters the fleet has to agree with: what its record says, and what the others say that live. Where
 * no other lives the fleet is as this process is set; then its record is written.
 *
 * Keys   fleet (hash), nodes (hash: node → its record)
 * Reply  {record, others}: JSON, the settings of the fleet and those of each other node
 */
const LUA = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local others = {}
for _, text in ipairs(redis.call('HVALS', keys.nodes)) do
  local isRead, node = pcall(cjson.decode, text)
  if isRead and type(node) == 'table' and type(node.at) == 'number' and node.at > now - args.timeoutMs
    and node.incarnation ~= args.incarnation and type(node.fleet) == 'table' then others[#others + 1] = cjson.encode(node.fleet) end
end
local record = redis.call('HGET', keys.fleet, 'settings')
if not record or (#others == 0 and args.defines) then
  record = args.settings
  redis.call('HSET', keys.fleet, 'settings', record, 'schema', args.schema, 'reader', args.reader)
end
return {record, others}
`;

interface AgreeOnFleetArgs {
  readonly incarnation: string;
  /** JSON. */
  readonly settings: string;
  readonly schema: number;
  readonly reader: number;
  /** Whether the fleet may become as this process is: one that runs no sessions only says so where nobody did. */
  readonly defines: boolean;
  readonly timeoutMs: number;
}

export const agreeOnFleet = scriptTaking<AgreeOnFleetArgs>()({
  name: 'agree-on-fleet',
  keys: ['fleet', 'nodes'],
  lua: LUA,
  reply: z.tuple([z.string(), z.array(z.string())]),
});
