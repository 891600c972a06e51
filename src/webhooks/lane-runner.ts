import { ensureError, StoreUnavailableError } from '../domain/errors.ts';
import { reachStore } from '../store/connection.ts';
import { endpointKeys } from './endpoint-keys.ts';
import { laneName, readLane, type Lane } from './lane.ts';
import type { LaneDeps } from './lane-deps.ts';
import { LaneTurn, type TurnResult } from './lane-turn.ts';
import { parkedTurn } from './parked-turn.ts';
import { beginTurn } from './scripts/begin-turn.ts';
import { endTurn } from './scripts/end-turn.ts';
import { parseRecord } from './stored-endpoint.ts';

/** Gives lanes their turns. */
export class LaneRunner {
  readonly #deps: LaneDeps;
  readonly #stopping = new AbortController();
  readonly #aborting = new AbortController();

  constructor(deps: LaneDeps) {
    this.#deps = deps;
  }

  /** One turn, if the lane may have it. Never rejects: what was not settled is delivered again. */
  async run(lane: Lane): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const { redis, keys, secrets, clock, wake, onError } = this.#deps;
    const { webhookId } = lane;
    const name = laneName(lane);
    try {
      const names = endpointKeys(keys, webhookId, '');
      const begun = await reachStore(() =>
        beginTurn.run(redis, names, { id: webhookId, lane: name, now: clock.now() }),
      );
      if (begun[0] !== 'go') return;
      const [, recordText, sealed, start, recoveredAt, stateText] = begun;
      const record = parseRecord(recordText);
      let result: TurnResult | null = null;
      try {
        result = await this.#turn(lane, {
          lane,
          record,
          secrets: await secrets.open(webhookId, record.userId, sealed),
          names: endpointKeys(keys, webhookId, record.userId),
          start,
          recoveredAt: Number(recoveredAt),
          stateText,
          signal: this.#aborting.signal,
          isEnding: () => this.#stopping.signal.aborted,
        });
      } finally {
        const waiting = await reachStore(() => endTurn.run(redis, names, { lane: name, now: clock.now() }));
        wake(waiting.map((one) => readLane(webhookId, one)));
      }
      if (result?.hasMore === true) wake([lane]);
      if (result?.isRecovered === true) wake(await this.dueLanes(webhookId));
    } catch (error) {
      if (!this.#aborting.signal.aborted) onError(ensureError(error));
    }
  }

  /** Lanes of an endpoint that wait for their next attempt. Throws `StoreUnavailableError`. */
  async dueLanes(webhookId: string): Promise<readonly Lane[]> {
    const { redis, keys } = this.#deps;
    const lanes: Lane[] = [];
    let cursor = '0';
    do {
      const from = cursor;
      const [next, found] = await reachStore(() =>
        redis.zscan(keys.webhookDue, from, 'MATCH', `${webhookId}|*`, 'COUNT', 500),
      );
      cursor = next;
      for (const full of found.filter((_, index) => index % 2 === 0)) {
        const name = full.slice(webhookId.length + 1);
        if (name !== '!') lanes.push(readLane(webhookId, name));
      }
    } while (cursor !== '0');
    return lanes;
  }

  /** No lane gets a turn any more, and what is in the air may end within `graceMs`. */
  stop(graceMs: number): void {
    this.#stopping.abort();
    setTimeout(() => this.#aborting.abort(new StoreUnavailableError(null)), graceMs).unref();
  }

  async #turn(lane: Lane, turn: Parameters<typeof parkedTurn>[1]): Promise<TurnResult | null> {
    if (lane.kind === 'parked') return parkedTurn(this.#deps, turn);
    // A replay that has ended leaves nothing behind.
    if (lane.kind === 'replay' && turn.stateText === '') return null;
    return new LaneTurn(this.#deps, turn, lane).run();
  }
}
