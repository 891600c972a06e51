import { APPEND_TO_LOG } from './append-to-log.ts';

/** The keys that the Lua below needs. */
export const MESSAGE_LOG_KEYS = ['events', 'eventsOfUser', 'wholeness', 'messageLog', 'messageLogState'] as const;

/** What a session's log keeps. */
export interface MessageRetention {
  readonly ms: number;
  readonly bytes: number;
  readonly count: number;
}

/** What is told of a message. One of `sealed` (base64) and `plain` (JSON that holds nobody's words). */
export interface MessageLogEntry {
  readonly type: string;
  /** What the sealed bytes are bound to. Says nothing by itself. */
  readonly ref: string;
  readonly sealed?: string | undefined;
  readonly plain?: string | undefined;
}

/**
 * Lua that the scripts share which tell something of a session's messages; {@link MESSAGE_LOG_KEYS} names its keys, and
 * it reads `args.userId` and `args.id`.
 *
 * `tellMessage(entry, retention)` appends what is told to the session's log and a pointer to it to the event streams;
 * returns its position in the log. What the retention leaves no room for falls out of the log.
 *
 * The state hash says `last`, the newest position; `forgotten`, the newest of those that fell out; `bytes`, how much
 * the log holds.
 */
export const APPEND_TO_MESSAGE_LOG = `${APPEND_TO_LOG}
local function sizeOfEntry(fields)
  local size = 64
  for _, text in ipairs(fields) do size = size + #text end
  return size
end

local function trimMessageLog(retention)
  local time = redis.call('TIME')
  local oldestMs = time[1] * 1000 - retention.ms
  local length = redis.call('XLEN', keys.messageLog)
  local bytes = tonumber(redis.call('HGET', keys.messageLogState, 'bytes') or 0)
  local forgotten = nil
  while length > 1 do
    local oldest = redis.call('XRANGE', keys.messageLog, '-', '+', 'COUNT', 1)[1]
    if length <= retention.count and bytes <= retention.bytes and tonumber(string.match(oldest[1], '^%d+')) >= oldestMs then break end
    redis.call('XDEL', keys.messageLog, oldest[1])
    length, bytes, forgotten = length - 1, bytes - sizeOfEntry(oldest[2]), oldest[1]
  end
  if forgotten then redis.call('HSET', keys.messageLogState, 'bytes', bytes, 'forgotten', forgotten) end
end

local function tellMessage(entry, retention)
  local fields = {'type', entry.type, 'ref', entry.ref}
  for _, name in ipairs({'sealed', 'plain'}) do
    if entry[name] then fields[#fields + 1], fields[#fields + 2] = name, entry[name] end
  end
  local position = '*'
  if redis.call('EXISTS', keys.messageLog) == 0 then
    -- It was forgotten for its age: positions go on all the same, even where the clock was set back.
    local last = redis.call('HGET', keys.messageLogState, 'last')
    if last then redis.call('HSET', keys.messageLogState, 'forgotten', last) end
    redis.call('HSET', keys.messageLogState, 'bytes', 0)
    local ms, seq = string.match(last or '0-0', '^(%d+)-(%d+)$')
    local time = redis.call('TIME')
    if tonumber(ms) >= time[1] * 1000 + math.floor(time[2] / 1000) then position = ms .. '-' .. string.format('%d', seq + 1) end
  end
  position = redis.call('XADD', keys.messageLog, position, unpack(fields))
  redis.call('PEXPIRE', keys.messageLog, retention.ms)
  redis.call('HSET', keys.messageLogState, 'last', position)
  redis.call('HINCRBY', keys.messageLogState, 'bytes', sizeOfEntry(fields))
  trimMessageLog(retention)
  appendToLog(keys.eventsOfUser, {'type', entry.type, 'userId', args.userId, 'id', args.id, 'log', position})
  return position
end
`;
