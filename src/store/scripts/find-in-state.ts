import { z } from 'zod';

import { scriptTaking } from '../script.ts';

/**
 * Of the sessions that follow one in a listing, those that may be in a state: reading all there is of the others would
 * take fifty times as long. A thousand are passed in a few milliseconds, for which other commands wait. One that is
 * written in a later version's words, or is damaged, may be in any state: the caller sees when it reads it.
 *
 * Keys   listing (zset, all scores 0); and, by a prefix among the arguments, the sessions' records
 * Reply  {members that may be in that state, the last member that was looked at, or '' at the end of the listing}
 */
const LUA = `
local members = redis.call('ZRANGE', keys.listing, args.from, '+', 'BYLEX', 'LIMIT', 0, args.count)
local found = {}
local last = #members < args.count and '' or members[#members]
for _, member in ipairs(members) do
  local record = args.sessionPrefix .. args.memberPrefix .. member
  local value, rev, detail = unpack(redis.call('HMGET', record, 'value', 'rev', args.state == 'failed' and 'detail' or 'value'))
  if value then
    local state = string.match(value, '^[^.]*')
    local isDamaged = args.state == 'failed'
      and not (rev and string.match(rev, '^%d+$') and detail and string.match(detail, '^{.*}$'))
    if state == args.state or not args.known[state] or isDamaged then found[#found + 1] = member end
    if #found > args.limit then
      last = member
      break
    end
  end
end
return {found, last}
`;

interface FindInStateArgs {
  readonly state: string;
  /** All states that this version knows. */
  readonly known: Readonly<Record<string, boolean>>;
  /** Where to begin, as `ZRANGE … BYLEX` has it. */
  readonly from: string;
  /** How many to look at. */
  readonly count: number;
  /** How many the caller wants; one more is told, which says that there are more. */
  readonly limit: number;
  readonly sessionPrefix: string;
  /** What the members of a user's listing lack to be session keys. */
  readonly memberPrefix: string;
}

export const findInState = scriptTaking<FindInStateArgs>()({
  name: 'find-in-state',
  keys: ['listing'],
  lua: LUA,
  reply: z.tuple([z.array(z.string()), z.string()]),
});
