import { APPEND_TO_LOG } from '../../store/scripts/append-to-log.ts';
import { CIRCUIT, DELIVERIES_KEPT, GIVING_UP_MS } from '../limits.ts';

/** What happened in some attempts of one endpoint, as the scripts that settle them are told. */
export interface Outcomes {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How many the receiver took, and how many failed; what it refused for good is neither. */
  readonly ok: number;
  readonly bad: number;
  /** Fields and values of the attempts, and of the dead letters among them. */
  readonly records: readonly (readonly string[])[];
  readonly dead: readonly (readonly string[])[];
  /** Deliveries that are to be tried again apart from their lane. */
  readonly parked: readonly { readonly member: string; readonly state: string; readonly dueAt: number }[];
  /** The answer was 410. */
  readonly gone: boolean;
  /** JSON of the last attempt. */
  readonly last: string | undefined;
  /** Whose endpoint it is, and of which session the events were. */
  readonly userId: string;
  readonly sessionId: string;
}

/** The keys that the Lua below needs. */
export const OUTCOME_KEYS = [
  'webhook',
  'due',
  'deliveries',
  'dead',
  'parked',
  'parkedDue',
  'events',
  'eventsOfUser',
  'wholeness',
] as const;

/**
 * Lua that the settling scripts share: `noteOutcomes()` writes attempts and dead letters down, opens and closes the
 * endpoint's circuit, and disables it for good reason. Returns `recovered` when the circuit was open and is closed now,
 * `disabled`, or `noted`.
 */
export const NOTE_OUTCOMES = `${APPEND_TO_LOG}
local function disable(why)
  if (redis.call('HGET', keys.webhook, 'disabledBy') or '') ~= '' then return end
  redis.call('HSET', keys.webhook, 'disabledBy', why)
  appendToLog(keys.eventsOfUser, {'type', 'webhook.disabled', 'userId', args.userId, 'id', args.sessionId,
    'payload', cjson.encode({webhookId = args.id, why = why})})
end

local function noteOutcomes()
  for _, record in ipairs(args.records) do redis.call('XADD', keys.deliveries, 'MAXLEN', '~', ${DELIVERIES_KEPT.count}, '*', unpack(record)) end
  redis.call('PEXPIRE', keys.deliveries, ${DELIVERIES_KEPT.ms})
  for _, letter in ipairs(args.dead) do redis.call('XADD', keys.dead, 'MAXLEN', '~', ${DELIVERIES_KEPT.dead}, '*', unpack(letter)) end
  for _, parked in ipairs(args.parked) do
    redis.call('HSET', keys.parked, parked.member, parked.state)
    redis.call('ZADD', keys.parkedDue, parked.dueAt, parked.member)
  end
  local first = redis.call('ZRANGE', keys.parkedDue, 0, 0, 'WITHSCORES')
  if first[2] then redis.call('ZADD', keys.due, first[2], args.id .. '|*') end
  if args.last then redis.call('HSET', keys.webhook, 'last', args.last) end
  local failures = tonumber(redis.call('HGET', keys.webhook, 'failures') or 0)
  local result = 'noted'
  if args.ok > 0 and failures > 0 then
    redis.call('HSET', keys.webhook, 'failures', 0)
    redis.call('HDEL', keys.webhook, 'failingSince', 'openUntil')
    if failures >= ${CIRCUIT.failures} then
      redis.call('HSET', keys.webhook, 'recoveredAt', args.now)
      result = 'recovered'
    end
  elseif args.ok == 0 and args.bad > 0 then
    failures = redis.call('HINCRBY', keys.webhook, 'failures', args.bad)
    redis.call('HSETNX', keys.webhook, 'failingSince', args.now)
    if failures >= ${CIRCUIT.failures} then
      local openMs = math.min(${CIRCUIT.openMs} * 2 ^ (failures - ${CIRCUIT.failures}), ${CIRCUIT.longestMs})
      redis.call('HSET', keys.webhook, 'openUntil', string.format('%.0f', args.now + openMs))
      redis.call('ZADD', keys.due, args.now + openMs, args.id .. '|!')
    end
    if args.now - redis.call('HGET', keys.webhook, 'failingSince') >= ${GIVING_UP_MS} then
      disable('failing')
      return 'disabled'
    end
  end
  if args.gone then
    disable('gone')
    return 'disabled'
  end
  return result
end
`;
