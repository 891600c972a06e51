import { z } from 'zod';

import { scriptTaking } from '../script.ts';
import {
  APPEND_TO_MESSAGE_LOG,
  MESSAGE_LOG_KEYS,
  type MessageLogEntry,
  type MessageRetention,
} from './append-to-message-log.ts';

/** How many bells are kept: whoever misses one looks by itself soon. */
export const BELLS_KEPT = 1_000;

/**
 * Lua that the scripts share which write a message. Needs `keys.message` (hash), `keys.outbox` and `keys.outboxes`
 * (zsets); reads `args.key`, `args.messageId`.
 *
 * `write(fields)` writes them and raises the message's version. `leaveOutbox(ms)` takes a settled message out of the
 * outbox, and lets its record be forgotten after so long.
 */
export const WRITE_MESSAGE = `
local function write(fields)
  for name, value in pairs(fields) do redis.call('HSET', keys.message, name, value) end
  redis.call('HINCRBY', keys.message, 'version', 1)
end

local function leaveOutbox(ms)
  redis.call('ZREM', keys.outbox, args.messageId)
  if redis.call('ZCARD', keys.outbox) == 0 then redis.call('ZREM', keys.outboxes, args.key) end
  redis.call('PEXPIRE', keys.message, ms)
end
`;

/**
 * Moves a message on, unless it was changed since it was read: an answer of the page, an acknowledgement, a person's
 * word, its time. With an epoch, it is refused unless that is the newest.
 *
 * Keys   session and message (hashes), outbox and outboxes (zsets), outboxBells (stream), and those of the message log
 * Reply  written, changed, fenced, missing
 * Emits  the type of each entry
 */
const LUA = `${APPEND_TO_MESSAGE_LOG}${WRITE_MESSAGE}
local epoch = redis.call('HGET', keys.session, 'epoch')
if not epoch then return 'missing' end
if args.epoch and tonumber(epoch) ~= args.epoch then return 'fenced' end
local version = redis.call('HGET', keys.message, 'version')
if not version then return 'missing' end
if tonumber(version) ~= args.version then return 'changed' end
write(args.fields)
if args.settled then leaveOutbox(args.keptMs) end
for _, entry in ipairs(args.entries) do tellMessage(entry, args.retention) end
if not args.epoch then redis.call('XADD', keys.outboxBells, 'MAXLEN', '~', ${BELLS_KEPT}, '*', 'key', args.key, 'what', 'changed') end
return 'written'
`;

export interface ChangeMessageArgs {
  readonly key: string;
  readonly userId: string;
  /** Of the session. */
  readonly id: string;
  readonly messageId: string;
  readonly epoch: number | undefined;
  /** Of the message as it was read. */
  readonly version: number;
  readonly fields: Readonly<Record<string, string>>;
  /** It leaves the outbox. */
  readonly settled: boolean;
  readonly keptMs: number;
  readonly entries: readonly MessageLogEntry[];
  readonly retention: MessageRetention;
}

export const changeMessage = scriptTaking<ChangeMessageArgs>()({
  name: 'change-message',
  keys: ['session', 'message', 'outbox', 'outboxes', 'outboxBells', ...MESSAGE_LOG_KEYS],
  lua: LUA,
  reply: z.enum(['written', 'changed', 'fenced', 'missing']),
});
