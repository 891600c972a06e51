import { GoneError } from '../domain/webhook.ts';
import { comparePositions } from '../store/position.ts';
import { laneAt, type LaneState } from './lane.ts';
import type { WebhookLog } from './webhook-log.ts';

/** The highest number that a position may have within its millisecond. */
const LAST = 9_999_999_999;

/** What a replay has to deliver of one session. */
interface ReplayPlan {
  readonly sessionKey: string;
  readonly state: LaneState;
}

/**
 * Where the lanes of a replay begin and end, for the sessions that have anything in that time (ms since 1970). Throws
 * {@link GoneError} when something of it is no longer kept.
 */
export async function planReplay(
  log: WebhookLog,
  sessionKeys: readonly string[],
  from: number,
  to: number | null,
): Promise<readonly ReplayPlan[]> {
  const plans = await Promise.all(
    sessionKeys.map(async (sessionKey): Promise<ReplayPlan | null> => {
      const [head, oldest] = await Promise.all([log.head(sessionKey), log.oldest(sessionKey)]);
      const begin = `${from - 1}-${LAST}`;
      const end = to === null || timeOf(head) <= to ? head : `${to}-${LAST}`;
      if (comparePositions(head, begin) <= 0) return null;
      const lost = oldest === null ? head : oldest.before;
      if (lost !== '' && comparePositions(lost, begin) > 0)
        throw new GoneError(`Events from ${new Date(from).toISOString()} on are no longer all kept.`);
      return { sessionKey, state: laneAt(begin, end) };
    }),
  );
  return plans.filter((plan) => plan !== null);
}

function timeOf(position: string): number {
  return Number(position.split('-')[0]);
}
