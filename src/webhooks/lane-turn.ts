import { parseSessionKey } from '../domain/session.ts';
import { comparePositions } from '../store/position.ts';
import { reachStore } from '../store/connection.ts';
import { messagesOfEntry } from './entry-messages.ts';
import { laneAt, laneName, parkedMember, readLaneState, type Lane, type LaneState } from './lane.ts';
import type { LaneDeps } from './lane-deps.ts';
import type { WebhookMessage } from './payload.ts';
import { settleLane } from './scripts/settle-lane.ts';
import { outcomesOf, type Settled } from './settlement.ts';
import { tryOnce, type Turn } from './turn.ts';

/** Messages that a lane delivers before the others have their turn. */
const TURN_LENGTH = 40;
const CHUNK = 20;
/** Of an endpoint that wants no order. */
const AT_ONCE = 10;

/** How a turn ended. `more`: there is more to do now. `recovered`: its endpoint takes deliveries again. */
export type TurnResult = { readonly isRecovered: boolean; readonly hasMore: boolean };

/** One turn of a lane with a cursor: reads its session's log, delivers, and moves the cursor on behind each delivery. */
export class LaneTurn {
  readonly #deps: LaneDeps;
  readonly #turn: Turn;
  readonly #lane: Exclude<Lane, { kind: 'parked' }>;
  #text: string;
  #state: LaneState;
  #isRecovered = false;
  #delivered = 0;

  constructor(deps: LaneDeps, turn: Turn, lane: Exclude<Lane, { kind: 'parked' }>) {
    this.#deps = deps;
    this.#turn = turn;
    this.#lane = lane;
    this.#text = turn.stateText;
    this.#state = turn.stateText === '' ? laneAt(turn.start) : readLaneState(turn.stateText);
  }

  /** Rejects when the store is away, or with the reason of the turn's signal: the cursor stays where it was. */
  async run(): Promise<TurnResult> {
    const { clock, redis, log } = this.#deps;
    const { names, recoveredAt } = this.#turn;
    const { sessionKey } = this.#lane;
    const name = `${this.#lane.webhookId}|${laneName(this.#lane)}`;
    const { dueAt, failedAt } = this.#state;
    if (dueAt > clock.now() && failedAt > recoveredAt) {
      await reachStore(() => redis.zadd(names.due, dueAt, name));
      return this.#result(false);
    }
    while (!this.#turn.isEnding()) {
      const entries = await log.after(sessionKey, this.#state.cursor, CHUNK);
      const { upTo } = this.#state;
      const wanted =
        upTo === undefined ? entries : entries.filter(({ position }) => comparePositions(position, upTo) <= 0);
      if (wanted.length === 0) {
        await this.#rest(name);
        return this.#result(false);
      }
      const goesOn = this.#turn.record.order === 'none' ? await this.#together(wanted) : await this.#inOrder(wanted);
      if (!goesOn) return this.#result(false);
      if (this.#delivered >= TURN_LENGTH) return this.#result(true);
    }
    return this.#result(false);
  }

  #result(hasMore: boolean): TurnResult {
    return { isRecovered: this.#isRecovered, hasMore };
  }

  /** There is nothing to deliver: a replay is over. */
  async #rest(name: string): Promise<void> {
    const { redis } = this.#deps;
    const isOver = this.#lane.kind === 'replay';
    if (isOver || JSON.stringify(this.#state) !== this.#text) await this.#settle([], isOver ? null : this.#state);
    else await reachStore(() => redis.zrem(this.#turn.names.due, name));
  }

  /** One message after the other. Returns whether to go on: not behind one that failed. */
  async #inOrder(entries: readonly Entry[]): Promise<boolean> {
    const address = parseSessionKey(this.#lane.sessionKey);
    for (const entry of entries) {
      const { record, isEnding } = this.#turn;
      const messages = await messagesOfEntry(this.#deps, entry, address, this.#state.cursor, record);
      for (const [index, message] of messages.entries()) {
        if (index < this.#state.done) continue;
        if (isEnding()) return false;
        const settled = await tryOnce(this.#deps, this.#turn, this.#lane.sessionKey, message, this.#state);
        this.#delivered += 1;
        const isLast = index === messages.length - 1;
        if (!(await this.#settle([settled], this.#next(settled, entry.position, isLast)))) return false;
        if (!settled.judgement.isDone) return false;
      }
      // What is not wanted is passed over, and written down with what comes next.
      if (messages.length === 0) this.#state = this.#at(entry.position);
    }
    return true;
  }

  #next({ judgement }: Settled, position: string, isLast: boolean): LaneState {
    const { isDone, tries, delayMs } = judgement;
    const now = this.#deps.clock.now();
    if (!isDone) return { ...this.#state, ...tries, dueAt: now + delayMs, failedAt: now };
    return isLast ? this.#at(position) : { ...this.#at(this.#state.cursor), done: this.#state.done + 1 };
  }

  #at(position: string): LaneState {
    return laneAt(position, this.#state.upTo);
  }

  /** Several messages at once; those that fail are tried again apart, and hold nobody up. */
  async #together(entries: readonly Entry[]): Promise<boolean> {
    const { sessionKey } = this.#lane;
    const some = entries.slice(0, AT_ONCE);
    const address = parseSessionKey(sessionKey);
    const messages: WebhookMessage[] = [];
    let from = this.#state.cursor;
    for (const entry of some) {
      messages.push(...(await messagesOfEntry(this.#deps, entry, address, from, this.#turn.record)));
      from = entry.position;
    }
    const none = { failures: 0, refusals: 0 };
    const settled = await Promise.all(
      messages.map((message) => tryOnce(this.#deps, this.#turn, sessionKey, message, none)),
    );
    this.#delivered += settled.length;
    return this.#settle(
      settled,
      this.#at(from),
      settled.filter(({ judgement }) => !judgement.isDone),
    );
  }

  /** Returns whether this turn still has the lane. `next`: `null` ends the lane. */
  async #settle(
    settled: readonly Settled[],
    next: LaneState | null,
    toPark: readonly Settled[] = [],
  ): Promise<boolean> {
    const { redis, clock } = this.#deps;
    const { names, record } = this.#turn;
    const now = clock.now();
    const text = next === null ? '' : JSON.stringify(next);
    const verdict = await reachStore(() =>
      settleLane.run(redis, names, {
        ...outcomesOf(settled),
        id: this.#lane.webhookId,
        lane: laneName(this.#lane),
        expected: this.#text,
        next: text,
        dueAt: next !== null && next.dueAt > 0 ? next.dueAt : undefined,
        now,
        parked: toPark.map(({ sessionKey, message, judgement }) => ({
          member: parkedMember({ sessionKey, position: message.position, type: message.type }),
          state: JSON.stringify(judgement.tries),
          dueAt: now + judgement.delayMs,
        })),
        userId: record.userId,
        sessionId: parseSessionKey(this.#lane.sessionKey).id,
      }),
    );
    if (verdict === 'moved' || verdict === 'gone') return false;
    this.#text = text;
    if (next !== null) this.#state = next;
    if (verdict === 'recovered') this.#isRecovered = true;
    return verdict !== 'disabled';
  }
}

type Entry = Awaited<ReturnType<LaneDeps['log']['after']>>[number];
