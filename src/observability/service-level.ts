import pLimit from 'p-limit';

import { availabilityOf, sumOf, type Availability, type AvailabilityStep } from '../domain/availability.ts';
import type { Session } from '../domain/session.ts';
import type { SessionStore } from '../store/session-store.ts';

/** `availability`: ready seconds of the wanted ones; `null` where none was wanted. */
interface Level extends Availability {
  readonly availability: number | null;
}

interface SessionLevel extends Level {
  readonly id: string;
  readonly userId: string;
}

/** How available sessions were, all together and each. */
export interface ServiceLevel extends Level {
  readonly sessions: SessionLevel[];
}

interface ServiceLevelOptions {
  readonly store: Pick<SessionStore, 'list' | 'history'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const PAGE = 200;
/** Histories that are read at once: Redis answers others in between. */
const AT_ONCE = 8;

/**
 * Reads how available one user's sessions were in the last `windowMs`, or everybody's where `userId` is `undefined`, from
 * their histories. Throws {@link StoreUnavailableError}.
 */
export async function readServiceLevel(
  { store, now }: ServiceLevelOptions,
  userId: string | undefined,
  windowMs: number,
): Promise<ServiceLevel> {
  const to = now();
  const window = { from: to - windowMs, to };
  const limit = pLimit(AT_ONCE);
  const sessions: SessionLevel[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list({ userId, limit: PAGE, cursor });
    const levels = page.items.map((session) =>
      limit(async () => ({ id: session.id, userId: session.userId, ...rated(await levelOf(store, session, window)) })),
    );
    sessions.push(...(await Promise.all(levels)));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return { ...rated(sumOf(sessions)), sessions };
}

function rated(of: Availability): Level {
  const { wantedSeconds, readySeconds, byCause } = of;
  const availability = wantedSeconds === 0 ? null : readySeconds / wantedSeconds;
  return { availability, wantedSeconds, readySeconds, byCause };
}

async function levelOf(
  store: Pick<SessionStore, 'history'>,
  session: Session,
  window: { readonly from: number; readonly to: number },
): Promise<Availability> {
  const steps: AvailabilityStep[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.history(session, PAGE, cursor);
    steps.push(...page.items);
    const oldest = page.items.at(-1);
    const isCovered = oldest === undefined || Date.parse(oldest.at) <= window.from;
    cursor = isCovered ? undefined : (page.nextCursor ?? undefined);
  } while (cursor !== undefined);
  return availabilityOf(steps.toReversed(), session, window);
}
