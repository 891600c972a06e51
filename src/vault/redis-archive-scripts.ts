import { z } from 'zod';

import { scriptTaking } from '../store/script.ts';

/**
 * Makes a draft the body of a generation, and the generation known.
 *
 * Keys   archives (hash: generation → header), draft and body (lists), sessions (set), forgotten (string: epoch)
 * Reply  kept, fenced, or lost when the draft is no longer whole
 */
const KEEP = `
local epoch = string.sub(args.generation, 1, 16)
local forgotten = redis.call('GET', keys.forgotten)
if forgotten and epoch <= forgotten then return 'fenced' end
for _, name in ipairs(redis.call('HKEYS', keys.archives)) do
  if string.sub(name, 1, 16) > epoch then return 'fenced' end
end
if redis.call('LLEN', keys.draft) ~= args.chunks then return 'lost' end
if args.chunks > 0 then
  redis.call('RENAME', keys.draft, keys.body)
  redis.call('PERSIST', keys.body)
end
redis.call('HSET', keys.archives, args.generation, args.header)
redis.call('SADD', keys.sessions, args.key)
return 'kept'
`;

/**
 * Puts another header in the place of one, if that is still the one.
 *
 * Keys   archives (hash)
 * Reply  1, or 0 when another one is there
 */
const REPLACE = `
if redis.call('HGET', keys.archives, args.generation) ~= args.expected then return 0 end
redis.call('HSET', keys.archives, args.generation, args.next)
return 1
`;

/**
 * Removes a generation.
 *
 * Keys   archives (hash), body (list), sessions (set)
 * Reply  1
 */
const REMOVE = `
redis.call('UNLINK', keys.body)
redis.call('HDEL', keys.archives, args.generation)
if redis.call('EXISTS', keys.archives) == 0 then redis.call('SREM', keys.sessions, args.key) end
return 1
`;

/**
 * Removes all generations up to an epoch, and has `keepArchive` refuse them. A body's key is the archives' key and the
 * generation.
 *
 * Keys   archives (hash), sessions (set), forgotten (string: epoch)
 * Reply  1
 */
const FORGET = `
local known = redis.call('GET', keys.forgotten)
redis.call('SET', keys.forgotten, (known and known > args.epoch) and known or args.epoch, 'PX', args.rememberMs)
for _, name in ipairs(redis.call('HKEYS', keys.archives)) do
  if string.sub(name, 1, 16) <= args.epoch then
    redis.call('UNLINK', keys.archives .. ':' .. name)
    redis.call('HDEL', keys.archives, name)
  end
end
if redis.call('EXISTS', keys.archives) == 0 then redis.call('SREM', keys.sessions, args.key) end
return 1
`;

interface Generation {
  readonly generation: string;
  /** Of the session. */
  readonly key: string;
}
interface NewHeader {
  readonly generation: string;
  readonly expected: string;
  readonly next: string;
}
interface Forgotten {
  readonly key: string;
  /** In 16 digits. */
  readonly epoch: string;
  readonly rememberMs: number;
}

export const keepArchive = scriptTaking<Generation & { readonly header: string; readonly chunks: number }>()({
  name: 'keep-archive',
  keys: ['archives', 'draft', 'body', 'sessions', 'forgotten'],
  lua: KEEP,
  reply: z.enum(['kept', 'fenced', 'lost']),
});
export const replaceHeader = scriptTaking<NewHeader>()({
  name: 'replace-archive-header',
  keys: ['archives'],
  lua: REPLACE,
  reply: z.int(),
});
export const removeArchive = scriptTaking<Generation>()({
  name: 'remove-archive',
  keys: ['archives', 'body', 'sessions'],
  lua: REMOVE,
  reply: z.int(),
});
export const forgetArchives = scriptTaking<Forgotten>()({
  name: 'forget-archives',
  keys: ['archives', 'sessions', 'forgotten'],
  lua: FORGET,
  reply: z.int(),
});
