import { z } from 'zod';

import { RedisScript } from '../store/script.ts';

/**
 * KEYS  archives (hash: generation → header), draft (list), body (list), sessions (set), forgotten (string: epoch)
 * ARGV  generation, header, number of chunks, session key
 * Reply kept, fenced, or lost when the draft is no longer whole
 */
const KEEP = `
local epoch = string.sub(ARGV[1], 1, 16)
local forgotten = redis.call('GET', KEYS[5])
if forgotten and epoch <= forgotten then return 'fenced' end
for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(name, 1, 16) > epoch then return 'fenced' end
end
if redis.call('LLEN', KEYS[2]) ~= tonumber(ARGV[3]) then return 'lost' end
if tonumber(ARGV[3]) > 0 then
  redis.call('RENAME', KEYS[2], KEYS[3])
  redis.call('PERSIST', KEYS[3])
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('SADD', KEYS[4], ARGV[4])
return 'kept'
`;

/**
 * KEYS  archives (hash)
 * ARGV  generation, expected header, next header
 */
const REPLACE = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
`;

/**
 * KEYS  archives (hash), body (list), sessions (set)
 * ARGV  generation, session key
 */
const REMOVE = `
redis.call('UNLINK', KEYS[2])
redis.call('HDEL', KEYS[1], ARGV[1])
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('SREM', KEYS[3], ARGV[2]) end
return 1
`;

/**
 * A body's key is the archives' key and the generation.
 * KEYS  archives (hash), sessions (set), forgotten (string: epoch)
 * ARGV  epoch in 16 digits, session key, how long to remember (ms)
 */
const FORGET = `
local known = redis.call('GET', KEYS[3])
redis.call('SET', KEYS[3], (known and known > ARGV[1]) and known or ARGV[1], 'PX', ARGV[3])
for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(name, 1, 16) <= ARGV[1] then
    redis.call('UNLINK', KEYS[1] .. ':' .. name)
    redis.call('HDEL', KEYS[1], name)
  end
end
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('SREM', KEYS[2], ARGV[2]) end
return 1
`;

/** Makes a draft the body of a generation, and the generation known. */
export const keepArchive = new RedisScript({
  name: 'keep-archive',
  lua: KEEP,
  reply: z.enum(['kept', 'fenced', 'lost']),
});
export const replaceHeader = new RedisScript({ name: 'replace-archive-header', lua: REPLACE, reply: z.int() });
export const removeArchive = new RedisScript({ name: 'remove-archive', lua: REMOVE, reply: z.int() });
/** Removes all generations up to an epoch, and has `keepArchive` refuse them. */
export const forgetArchives = new RedisScript({ name: 'forget-archives', lua: FORGET, reply: z.int() });
