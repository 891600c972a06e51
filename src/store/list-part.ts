import type { Redis } from 'ioredis';

import { SESSION_STATES, sessionKey, type SessionState } from '../domain/session.ts';
import { reachStore } from './connection.ts';
import type { Keyspace } from './keys.ts';
import { findInState } from './scripts/find-in-state.ts';

/** Which sessions a listing is asked for. */
export interface ListOptions {
  /** One user's; everybody's when left out. */
  readonly userId?: string | undefined;
  readonly state?: SessionState | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** A part of a listing. `last`: the member that it ends with; `null` at the end of the listing. */
interface ListPart {
  readonly members: readonly string[];
  readonly last: string | null;
}

/** Pages are read in pieces of this many. */
const CHUNK = 200;
/** Sessions looked at in one step where most may be in other states. */
const FILTERED = 1_000;
const KNOWN_STATES = Object.fromEntries(SESSION_STATES.map((state) => [state, true]));

/** The members of a listing after one; where a state is asked for, those that may be in it. */
export async function listPart(
  redis: Redis,
  keys: Keyspace,
  { userId, state, limit }: ListOptions,
  after: string | null,
): Promise<ListPart> {
  const listing = userId === undefined ? keys.sessions : keys.sessionsOf(userId);
  const from = after === null ? '-' : `(${after}`;
  if (state === undefined) {
    const members = await reachStore(() => redis.zrange(listing, from, '+', 'BYLEX', 'LIMIT', 0, CHUNK));
    return { members, last: members.length < CHUNK ? null : (members.at(-1) ?? null) };
  }
  const args = {
    state,
    known: KNOWN_STATES,
    from,
    count: FILTERED,
    limit,
    sessionPrefix: keys.session(''),
    memberPrefix: userId === undefined ? '' : sessionKey({ userId, id: '' }),
  };
  const [members, last] = await reachStore(() => findInState.run(redis, { listing }, args));
  return { members, last: last === '' ? null : last };
}
