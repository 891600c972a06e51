import { sessionKey as keyOf } from '../domain/session.ts';
import { reachStore } from '../store/connection.ts';
import { messagesOfEntry } from './entry-messages.ts';
import { parkedMember, parkedStateSchema, readParkedMember } from './lane.ts';
import type { LaneDeps } from './lane-deps.ts';
import type { TurnResult } from './lane-turn.ts';
import { gapMessage, type WebhookMessage } from './payload.ts';
import { settleParked } from './scripts/settle-parked.ts';
import { outcomesOf, type Settled } from './settlement.ts';
import { tryOnce, type Turn } from './turn.ts';

const AT_ONCE = 10;
const ROUNDS = 5;

/**
 * One turn of the deliveries of an endpoint that are tried again apart: those that failed where no order is wanted, and
 * dead letters that were put back. Rejects when the store is away.
 */
export async function parkedTurn(deps: LaneDeps, turn: Turn): Promise<TurnResult> {
  const { redis, clock } = deps;
  const { names, lane, record, isEnding } = turn;
  let isRecovered = false;
  for (let round = 0; round < ROUNDS && !isEnding(); round += 1) {
    const members = await reachStore(() =>
      redis.zrangebyscore(names.parkedDue, '-inf', clock.now(), 'LIMIT', 0, AT_ONCE),
    );
    const tried = await Promise.all(members.map((member) => tryParked(deps, turn, member)));
    const settled = tried.filter((one) => one !== null);
    const again = settled.filter(({ judgement }) => !judgement.isDone);
    const kept = new Set(again.map(memberOf));
    const verdict = await reachStore(() =>
      settleParked.run(redis, names, {
        ...outcomesOf(settled),
        id: lane.webhookId,
        now: clock.now(),
        done: members.filter((member) => !kept.has(member)),
        parked: again.map((one) => ({
          member: memberOf(one),
          state: JSON.stringify(one.judgement.tries),
          dueAt: clock.now() + one.judgement.delayMs,
        })),
        userId: record.userId,
        sessionId: settled[0]?.message.sessionId ?? '',
      }),
    );
    isRecovered ||= verdict === 'recovered';
    const isStuck = settled.length > 0 && again.length === settled.length;
    if (verdict === 'gone' || verdict === 'disabled' || isStuck || members.length < AT_ONCE)
      return { isRecovered, hasMore: false };
  }
  return { isRecovered, hasMore: true };
}

function memberOf({ sessionKey, message: { position, type } }: Settled): string {
  return parkedMember({ sessionKey, position, type });
}

/** `null`: its event is no longer kept, or no longer wanted. */
async function tryParked(deps: LaneDeps, turn: Turn, member: string): Promise<Settled | null> {
  const state = await reachStore(() => deps.redis.hget(turn.names.parked, member));
  const message = await rebuild(deps, turn, member);
  if (state === null || message === undefined) return null;
  return tryOnce(
    deps,
    turn,
    keyOf(readParkedMember(member).address),
    message,
    parkedStateSchema.parse(JSON.parse(state)),
  );
}

async function rebuild(deps: LaneDeps, { record }: Turn, member: string): Promise<WebhookMessage | undefined> {
  const { sessionKey, position, type, address } = readParkedMember(member);
  const place = { position, userId: address.userId, sessionId: address.id };
  if (type === 'webhook.gap') return gapMessage(place, position, record);
  const entry = await deps.log.at(sessionKey, position);
  if (entry === null) return gapMessage(place, position, record);
  const messages = await messagesOfEntry(deps, entry, address, position, record);
  return messages.find((one) => one.type === type || one.type === 'webhook.gap');
}
