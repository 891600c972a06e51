import { useCallback, useEffect, useRef, useState } from 'react';

import type { Session, SnapshotEvent, Transition } from '../../src/client/index.ts';
import { factsOf, type Facts } from '../statechart/history.ts';
import { useLiveSession, useLiveSessions, useSignedIn, useSteps } from '../shared/signed-in.tsx';

/** A step, and how the session stood before and after it where this page has seen it. */
export interface KnownStep extends Transition {
  readonly before: Facts | null;
  readonly after: Facts | null;
}

export interface History {
  readonly status: 'loading' | 'known' | 'failed';
  /** Oldest first. */
  readonly steps: readonly KnownStep[];
  /** `null`: all there is has been loaded. */
  readonly loadOlder: (() => void) | null;
}

const PAGE = 100;

/** A session's history, growing with each step. */
export function useHistory(userId: string, id: string): History {
  const { clientFor } = useSignedIn();
  const { connection } = useLiveSessions();
  const session = useLiveSession(userId, id);
  const [steps, setSteps] = useState<ReadonlyMap<number, KnownStep>>(new Map());
  const [status, setStatus] = useState<History['status']>('loading');
  const [cursor, setCursor] = useState<string | null>(null);
  const last = useRef<Session | undefined>(session);
  last.current ??= session;

  const load = useCallback(
    async (from: string | undefined, signal?: AbortSignal): Promise<void> => {
      try {
        const page = await clientFor(userId).sessions.history(id, { limit: PAGE, cursor: from, signal });
        setSteps(
          (known) =>
            new Map([
              ...page.items.map((step) => [step.rev, { before: null, after: null, ...step }] as const),
              ...known,
            ]),
        );
        setCursor((now) => (from === undefined && now !== null ? now : page.nextCursor));
        setStatus('known');
      } catch {
        if (signal?.aborted !== true) setStatus((now) => (now === 'known' ? now : 'failed'));
      }
    },
    [clientFor, userId, id],
  );

  // Anew after each loss of the connection: what happened meanwhile was not heard step by step.
  useEffect(() => {
    const leaving = new AbortController();
    if (connection === 'live') void load(undefined, leaving.signal);
    return () => leaving.abort();
  }, [load, connection]);

  const hear = useCallback(
    ({ session: now, event }: SnapshotEvent) => {
      if (now.userId !== userId || now.id !== id || event === null) return;
      const before = last.current;
      last.current = now;
      if (before === undefined || before.value === now.value) return;
      const { rev, updatedAt: at, reason, nodeId } = now;
      const durationMs = Math.max(0, Date.parse(at) - Date.parse(before.since));
      const step = {
        rev,
        at,
        from: before.value,
        to: now.value,
        event,
        reason,
        durationMs,
        nodeId,
        before: factsOf(before),
        after: factsOf(now),
      };
      setSteps((known) => new Map([...known, [rev, step]]));
    },
    [userId, id],
  );
  useSteps(hear);

  return {
    status,
    steps: [...steps.values()].toSorted((a, b) => a.rev - b.rev),
    loadOlder: cursor === null ? null : () => void load(cursor),
  };
}
