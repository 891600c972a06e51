import { z } from 'zod';

import { scriptTaking } from '../script.ts';
import { EMIT_SNAPSHOT } from './emit-snapshot.ts';

/**
 * Says of some sessions that their node is lost: what it wrote last is not known to be true any more. Takes nothing from
 * it: the epoch stays, and when it is there after all it says how they are. One that has another owner by now, or has no
 * browser to lose, is left alone.
 *
 * Keys   events (stream), wholeness (hash); and, by prefixes among the arguments, the sessions' records and histories and
 *        their users' streams
 * Reply  how many were told
 * Emits  session.snapshot with event node.lost
 */
const LUA = `${EMIT_SNAPSHOT}
local time = redis.call('TIME')
local at = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local told = 0
for _, key in ipairs(args.keys) do
  local session = args.sessionPrefix .. key
  local value, owner, reason, text = unpack(redis.call('HMGET', session, 'value', 'owner', 'reason', 'detail'))
  local state = value and string.match(value, '^[^.]*')
  local hasBrowser = state == 'ready' or state == 'authenticating' or state == 'waiting_qr' or state == 'reconnecting'
  if owner == args.nodeId and hasBrowser and not (state == 'reconnecting' and reason == args.lost.reason) then
    local isRead, detail = pcall(cjson.decode, text)
    if isRead and type(detail) == 'table' then
      detail.qr, detail.pairingCode = cjson.null, cjson.null
      if type(detail.reconnect) == 'table' then detail.reconnect.nextAttemptAt = cjson.null end
      redis.call('HSET', session, 'detail', cjson.encode(detail))
    end
    redis.call('HINCRBY', session, 'rev', 1)
    redis.call('HSET', session, 'updatedAt', at)
    move(session, args.historyPrefix .. key, at, 'node.lost', args.lost)
    emit(session, args.eventsPrefix .. string.match(key, '^[^/]*'), 'node.lost')
    told = told + 1
  end
end
return told
`;

interface MarkLostArgs {
  readonly nodeId: string;
  readonly keys: readonly string[];
  readonly lost: { readonly value: string; readonly reason: string; readonly tags: string };
  readonly sessionPrefix: string;
  readonly historyPrefix: string;
  readonly eventsPrefix: string;
}

export const markLost = scriptTaking<MarkLostArgs>()({
  name: 'mark-lost',
  keys: ['events', 'wholeness'],
  lua: LUA,
  reply: z.int().nonnegative(),
});
