import { useCallback, useEffect, useState } from 'react';

import type { MessageRecord, SessionHandle } from '../../src/client/index.ts';

/** What a session has to send, and what became of the last ones. */
export interface Outbox {
  /** Not out yet, the oldest first. */
  readonly waiting: readonly MessageRecord[];
  /** There are more of them than were read. */
  readonly isCut: boolean;
  /** Nobody knows whether they went out. */
  readonly unknown: readonly MessageRecord[];
  /** The newest first, whatever became of them. */
  readonly recent: readonly MessageRecord[];
}

/** Messages do not change the session's snapshot, so they are asked for while the page is seen (ms). */
const LOOK_MS = 3_000;
const MOST = 200;
const RECENT = 8;

/** The outbox of a session, looked at now and then. `look` looks at once. `null`: not read yet. */
export function useOutbox(handle: SessionHandle): { readonly outbox: Outbox | null; readonly look: () => void } {
  const [outbox, setOutbox] = useState<Outbox | null>(null);
  const [looks, setLooks] = useState(0);
  const look = useCallback(() => setLooks((count) => count + 1), []);
  useEffect(() => {
    const gone = new AbortController();
    const read = async (): Promise<void> => {
      if (document.hidden) return;
      const next = await readOutbox(handle, gone.signal);
      if (!gone.signal.aborted) setOutbox(next);
    };
    // What cannot be read now is asked for again: the page says elsewhere when the service is away.
    const again = (): void => void read().catch(() => undefined);
    again();
    const timer = setInterval(again, LOOK_MS);
    return () => {
      gone.abort();
      clearInterval(timer);
    };
  }, [handle, looks]);
  return { outbox, look };
}

async function readOutbox({ messages }: SessionHandle, signal: AbortSignal): Promise<Outbox> {
  const [queued, sending, unknown, recent] = await Promise.all([
    messages.list({ status: 'queued', limit: MOST, signal }),
    messages.list({ status: 'sending', limit: MOST, signal }),
    messages.list({ status: 'unknown', limit: MOST, signal }),
    messages.list({ limit: RECENT, signal }),
  ]);
  return {
    waiting: [...queued.items, ...sending.items].toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1)),
    isCut: queued.nextCursor !== null,
    unknown: unknown.items,
    recent: recent.items,
  };
}
