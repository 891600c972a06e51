import { z } from 'zod';

import { scriptTaking } from '../../store/script.ts';

/**
 * Drops the lock of a job whose node is dead. A script, so that it happens in time or not at all: done late it would
 * drop the lock of whoever has the job by then.
 *
 * Keys   lock (string)
 * Reply  number of locks dropped
 */
export const dropLock = scriptTaking<object>()({
  name: 'drop-lock',
  keys: ['lock'],
  lua: "return redis.call('DEL', keys.lock)",
  reply: z.literal([0, 1]),
});
