import { randomBytes } from 'node:crypto';

import type { Clock } from '../domain/clock.ts';
import type { SessionAddress } from '../domain/session.ts';
import type { MessageLog } from '../store/message-log.ts';
import type { Ownership } from '../store/ownership.ts';
import type { MessageRetention } from '../store/scripts/append-to-message-log.ts';
import type { ToldEntry } from '../store/scripts/tell-messages.ts';
import type { Incoming } from './incoming-items.ts';
import { Inbox, type InboxCounts, type InboxOptions } from './inbox.ts';
import type { SealedBodies } from './sealed-bodies.ts';

/** What the inboxes of a node work with. */
interface InboxParts {
  readonly clock: Clock;
  readonly log: MessageLog;
  readonly bodies: SealedBodies;
  readonly retention: MessageRetention;
  readonly counts: InboxCounts;
}

/** Whose inbox it is, and how what it takes in is written. */
export interface InboxSession extends Pick<
  InboxOptions,
  'takeAcks' | 'onTaken' | 'onActivity' | 'onFenced' | 'onError'
> {
  readonly address: SessionAddress;
  readonly tell: Ownership['tell'];
}

export type CreateInbox = (session: InboxSession) => Inbox;

/** Sealed bytes (in base64) that go to the store in one step at most, so that a flood of long texts blocks nobody. */
const STEP_BYTES = 262_144;

/** Makes the inbox of each session. */
export function createInboxes({ clock, log, bodies, retention, counts }: InboxParts): CreateInbox {
  return ({ address, tell, ...hearers }) => {
    const seal = async ({ type, data, once, ourWaId }: Incoming): Promise<ToldEntry> => {
      const ref = randomBytes(12).toString('base64url');
      const sealed = await bodies.seal(address, ref, Buffer.from(JSON.stringify(data)));
      return { type, ref, sealed: sealed.toString('base64'), once, ourWaId };
    };
    return new Inbox({
      clock,
      counts,
      readState: () => log.inboxState(address),
      noteLink: async (linkedAt) => {
        await tell({ entries: [], retention, linkedAt });
      },
      tell: async (incoming, watermark) => {
        const entries = await Promise.all(incoming.map((one) => seal(one)));
        const steps = stepsOf(entries);
        const sum = { told: 0, duplicates: 0 };
        for (const [index, step] of steps.entries()) {
          // What is taken in is so only with the last of it.
          const isLast = index === steps.length - 1;
          const counted = await tell({ entries: step, retention, watermark: isLast ? watermark : undefined });
          sum.told += counted.told;
          sum.duplicates += counted.duplicates;
        }
        return sum;
      },
      ...hearers,
    });
  };
}

function stepsOf(entries: readonly ToldEntry[]): readonly (readonly ToldEntry[])[] {
  const steps: ToldEntry[][] = [[]];
  let bytes = 0;
  for (const entry of entries) {
    bytes += entry.sealed?.length ?? 0;
    const step = steps.at(-1);
    if (step !== undefined && (step.length === 0 || bytes <= STEP_BYTES)) step.push(entry);
    else {
      steps.push([entry]);
      bytes = entry.sealed?.length ?? 0;
    }
  }
  return steps;
}
