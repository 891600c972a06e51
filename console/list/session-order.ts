import type { Session, SessionState } from '../../src/client/index.ts';

export const ORDERS = ['name', 'attention', 'newest', 'memory'] as const;
export type Order = (typeof ORDERS)[number];

/** What of all sessions a person wants to see. */
export interface Wish {
  /** Words that must all be somewhere in it; empty for no matter. */
  readonly search: string;
  /** Empty for all. */
  readonly states: ReadonlySet<SessionState>;
  readonly order: Order;
}

/** Who waits for a person comes first, who is well last. */
const URGENCY: Readonly<Record<SessionState, number>> = {
  failed: 0,
  waiting_qr: 1,
  reconnecting: 2,
  authenticating: 3,
  disconnected: 4,
  ready: 5,
};

/** Text order that does not ask the language: thousands are compared several times a second. */
const byName = (a: Session, b: Session): number => compare(a.id, b.id) || compare(a.userId, b.userId);

const COMPARE: Readonly<Record<Exclude<Order, 'memory'>, (a: Session, b: Session) => number>> = {
  name: byName,
  attention: (a, b) => URGENCY[a.state] - URGENCY[b.state] || byName(a, b),
  newest: (a, b) => compare(b.since, a.since) || byName(a, b),
};

/** What is known of a session besides what it tells itself. */
export interface Knowledge {
  /** The words by which its reason is shown. */
  readonly explain: (session: Session) => string;
  /** Bytes of its browser; `null` when they are not known. */
  readonly memoryOf: (session: Session) => number | null;
}

/** The sessions that fit the wish, in its order. */
export function select(
  sessions: Iterable<Session>,
  { search, states, order }: Wish,
  { explain, memoryOf }: Knowledge,
): Session[] {
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const found: Session[] = [];
  for (const session of sessions) {
    if (states.size > 0 && !states.has(session.state)) continue;
    if (words.length === 0 || fits(session, words, explain)) found.push(session);
  }
  return found.sort(order === 'memory' ? byMemory(found, memoryOf) : COMPARE[order]);
}

/** Most first; where it is not known, last. */
function byMemory(sessions: readonly Session[], memoryOf: Knowledge['memoryOf']): (a: Session, b: Session) => number {
  const bytes = new Map(sessions.map((session) => [session, memoryOf(session) ?? -1]));
  return (a, b) => (bytes.get(b) ?? -1) - (bytes.get(a) ?? -1) || byName(a, b);
}

/** How many are in each state. */
export function countStates(sessions: Iterable<Session>): Readonly<Record<SessionState, number>> {
  const counts: Record<SessionState, number> = {
    waiting_qr: 0,
    authenticating: 0,
    ready: 0,
    disconnected: 0,
    reconnecting: 0,
    failed: 0,
  };
  for (const { state } of sessions) counts[state] += 1;
  return counts;
}

function fits(session: Session, words: readonly string[], explain: (session: Session) => string): boolean {
  const { id, userId, phoneNumber, displayName, nodeId, value } = session;
  const text =
    `${id} ${userId} ${phoneNumber ?? ''} ${displayName ?? ''} ${nodeId ?? ''} ${value} ${explain(session)}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
