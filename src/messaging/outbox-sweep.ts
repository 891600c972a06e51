import type { Clock } from '../domain/clock.ts';
import type { SessionAddress } from '../domain/session.ts';
import type { MessageStore } from '../store/message-store.ts';
import type { MessageRetention } from '../store/scripts/append-to-message-log.ts';
import { changeByAnybody } from './change-by-anybody.ts';

interface OutboxSweepOptions {
  readonly store: MessageStore;
  readonly retention: MessageRetention;
  /** Of the sessions. */
  readonly clock: Clock;
  /** Of the phone that a session is linked to now; `null`: none that is known. */
  readonly phoneNumberOf: (address: SessionAddress) => Promise<string | null>;
  readonly onError: (error: unknown) => void;
}

const EVERY_MS = 15_000;
const AT_ONCE = 200;

/**
 * Ends what was not sent in time, or was for a phone that is linked no more, whether or not anybody runs the session.
 * Each process of the fleet does it: a message moves once, whoever comes first. Returns how to end that.
 */
export function sweepOutboxes(options: OutboxSweepOptions): () => void {
  const { clock, onError } = options;
  let isOver = false;
  let timer: unknown;
  const turn = (): void => {
    timer = clock.setTimeout(() => {
      sweepOnce(options)
        .catch(onError)
        .finally(() => {
          if (!isOver) turn();
        });
    }, EVERY_MS);
  };
  turn();
  return () => {
    isOver = true;
    clock.clearTimeout(timer);
  };
}

export async function sweepOnce({ store, retention, clock, phoneNumberOf }: OutboxSweepOptions): Promise<void> {
  const at = clock.now();
  for (const address of await store.due(at + EVERY_MS, AT_ONCE)) {
    const open = await store.open(address);
    const phoneNumber = await phoneNumberOf(address);
    let soonest = at + 4 * EVERY_MS;
    for (const message of open) {
      if (message.status !== 'queued') continue;
      const { account, expiresAt } = message;
      const isForAnother = account !== null && phoneNumber !== null && account !== phoneNumber;
      if (isForAnother)
        await changeByAnybody({ store, address, message, retention, at }, { type: 'message.account_changed' });
      else if (expiresAt <= at)
        await changeByAnybody({ store, address, message, retention, at }, { type: 'message.expire' });
      else soonest = Math.min(soonest, expiresAt);
    }
    await store.lookAgain(address, soonest);
  }
}
