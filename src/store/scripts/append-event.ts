import { z } from 'zod';

import { scriptTaking } from '../script.ts';
import { APPEND_TO_LOG } from './append-to-log.ts';

/**
 * Appends an event of a session that is not a snapshot, refused unless the epoch is the newest.
 *
 * Keys   session (hash), events and eventsOfUser (streams), wholeness (hash)
 * Reply  written, fenced, missing
 */
const LUA = `${APPEND_TO_LOG}
local stored = redis.call('HGET', keys.session, 'epoch')
if not stored then return 'missing' end
if tonumber(stored) ~= args.epoch then return 'fenced' end
appendToLog(keys.eventsOfUser, {'type', args.type, 'userId', args.userId, 'id', args.id, 'payload', args.payload})
return 'written'
`;

interface AppendEventArgs {
  readonly epoch: number;
  readonly type: string;
  readonly userId: string;
  readonly id: string;
  /** JSON. */
  readonly payload: string;
}

export const appendEvent = scriptTaking<AppendEventArgs>()({
  name: 'append-event',
  keys: ['session', 'events', 'eventsOfUser', 'wholeness'],
  lua: LUA,
  reply: z.enum(['written', 'fenced', 'missing']),
});
