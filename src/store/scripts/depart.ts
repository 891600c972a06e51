/**
 * Lua that the writing scripts share.
 *
 * `depart(active, activeOfUser, departures, key, at)` takes a session out of the running ones. When the last ones left
 * tells how soon a full fleet has room again.
 */
export const DEPART = `
local function depart(active, activeOfUser, departures, key, at)
  redis.call('ZREM', activeOfUser, key)
  if redis.call('ZREM', active, key) == 0 then return end
  redis.call('LPUSH', departures, at)
  redis.call('LTRIM', departures, 0, 19)
end
`;
