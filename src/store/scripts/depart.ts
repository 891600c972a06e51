/**
 * Lua that the writing scripts share. Needs `keys.active`, `keys.activeOfUser` (zsets) and `keys.departures` (list).
 *
 * `depart(key, at)` takes a session out of the running ones. When the last ones left tells how soon a full fleet has
 * room again.
 */
export const DEPART = `
local function depart(key, at)
  redis.call('ZREM', keys.activeOfUser, key)
  if redis.call('ZREM', keys.active, key) == 0 then return end
  redis.call('LPUSH', keys.departures, at)
  redis.call('LTRIM', keys.departures, 0, 19)
end
`;
