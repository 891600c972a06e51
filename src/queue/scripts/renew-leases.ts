import { z } from 'zod';

import { scriptTaking } from '../../store/script.ts';

/**
 * Renews the locks of jobs that are still held by these tokens. The same that BullMQ does itself, in time or not at all,
 * and by token: BullMQ forgets to renew a job that a worker has taken again while its earlier run was ending.
 *
 * What can be asked and told of many at once is, in lots that Lua can hand over: a fleet's leases are most of what Redis
 * does while nothing happens.
 *
 * Keys   stalled (set of job ids); and, by a prefix among the arguments, the locks
 * Reply  ids of the jobs that somebody else holds now, or nobody
 */
const LUA = `
local lost = {}
for first = 1, #args.leases, 1000 do
  local locks, held = {}, {}
  for index = first, math.min(first + 999, #args.leases) do
    locks[#locks + 1] = args.jobPrefix .. args.leases[index].key .. ':lock'
  end
  for index, token in ipairs(redis.call('MGET', unpack(locks))) do
    local lease = args.leases[first + index - 1]
    if token == lease.token then
      redis.call('SET', locks[index], token, 'PX', args.leaseMs)
      held[#held + 1] = lease.key
    else
      lost[#lost + 1] = lease.key
    end
  end
  if #held > 0 then redis.call('SREM', keys.stalled, unpack(held)) end
end
return lost
`;

interface RenewLeasesArgs {
  readonly jobPrefix: string;
  /** At least one. */
  readonly leases: readonly { readonly key: string; readonly token: string }[];
  readonly leaseMs: number;
}

export const renewLeases = scriptTaking<RenewLeasesArgs>()({
  name: 'renew-leases',
  keys: ['stalled'],
  lua: LUA,
  reply: z.array(z.string()),
});
