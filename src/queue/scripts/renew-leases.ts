import { z } from 'zod';

import { scriptTaking } from '../../store/script.ts';

/**
 * Renews the locks of jobs that are still held by these tokens. The same that BullMQ does itself, in time or not at all,
 * and by token: BullMQ forgets to renew a job that a worker has taken again while its earlier run was ending.
 *
 * Keys   stalled (set of job ids); and, by a prefix among the arguments, the locks
 * Reply  ids of the jobs that somebody else holds now, or nobody
 */
const LUA = `
local lost = {}
for _, lease in ipairs(args.leases) do
  local lock = args.jobPrefix .. lease.key .. ':lock'
  if redis.call('GET', lock) == lease.token then
    redis.call('SET', lock, lease.token, 'PX', args.leaseMs)
    redis.call('SREM', keys.stalled, lease.key)
  else
    lost[#lost + 1] = lease.key
  end
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
