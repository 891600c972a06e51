import { z } from 'zod';

import { scriptTaking } from '../script.ts';

/** Of an outbox, how many of its first are looked at for one whose time has come. */
const FIRST = 10;
/** Outboxes whose oldest is looked for: that of more would keep others waiting. All are counted. */
const LOOKED_INTO = 5_000;

/**
 * What waits to be sent in the whole fleet, and since when.
 *
 * Keys   outboxes (zset), and of each session in it outbox (zset) and message (hashes)
 * Reply  {messages, when the oldest could have gone out first (ms since 1970); 0: there is none}
 */
const LUA = `
local depth, oldest = 0, 0
for index, key in ipairs(redis.call('ZRANGE', keys.outboxes, 0, -1)) do
  depth = depth + redis.call('ZCARD', args.outboxPrefix .. key)
  if index <= ${LOOKED_INTO} then
    for _, id in ipairs(redis.call('ZRANGE', args.outboxPrefix .. key, 0, ${FIRST - 1})) do
      local createdAt, sendAt = unpack(redis.call('HMGET', args.messagePrefix .. key .. ':' .. id, 'createdAt', 'sendAt'))
      local due = math.max(tonumber(createdAt or '') or 0, tonumber(sendAt or '') or 0)
      if due > 0 and due <= args.at then
        if oldest == 0 or due < oldest then oldest = due end
        break
      end
    end
  end
end
return {depth, oldest}
`;

export const outboxFigures = scriptTaking<{
  readonly at: number;
  readonly outboxPrefix: string;
  readonly messagePrefix: string;
}>()({
  name: 'outbox-figures',
  keys: ['outboxes'],
  lua: LUA,
  reply: z.tuple([z.number(), z.number()]),
});
