import { useCallback, useEffect, useRef, useState } from 'react';

import type { SessionHandle, Transition } from '../../src/client/index.ts';

/** A session's transitions as far as they were asked for, newest first. */
export interface History {
  readonly status: 'loading' | 'there' | 'failed';
  readonly items: readonly Transition[];
  /** Of what was before these; `null` when there is nothing. */
  readonly earlier: string | null;
}

const PAGE = 30;
/** A session that moves fast is not asked for after each step. */
const SETTLE_MS = 250;
const LOADING: History = { status: 'loading', items: [], earlier: null };

/** Keeps a history up to date: what is new is asked for each time `rev` has grown. */
export function useHistory(handle: SessionHandle, rev: number): History & { readonly showEarlier: () => void } {
  const [history, setHistory] = useState(LOADING);
  const isFirst = useRef(true);

  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    const read = async (): Promise<void> => {
      try {
        const { items, nextCursor } = await handle.history({ limit: PAGE, signal });
        setHistory((known) => joined(known, items, nextCursor));
      } catch {
        if (!signal.aborted) setHistory((known) => ({ ...known, status: known.items.length > 0 ? 'there' : 'failed' }));
      }
    };
    const timer = setTimeout(() => void read(), isFirst.current ? 0 : SETTLE_MS);
    isFirst.current = false;
    return () => {
      clearTimeout(timer);
      leaving.abort();
    };
  }, [handle, rev]);

  const { earlier } = history;
  const showEarlier = useCallback((): void => {
    const read = async (): Promise<void> => {
      if (earlier === null) return;
      const { items, nextCursor } = await handle.history({ limit: PAGE, cursor: earlier });
      setHistory((known) => ({ status: 'there', items: [...known.items, ...items], earlier: nextCursor }));
    };
    read().catch(() => setHistory((known) => ({ ...known, status: 'failed' })));
  }, [handle, earlier]);

  return { ...history, showEarlier };
}

/** The newest page before what is known of older ones, if the two meet. */
function joined(known: History, newest: readonly Transition[], nextCursor: string | null): History {
  const oldest = newest.at(-1)?.rev ?? 0;
  const rest = known.items.filter(({ rev }) => rev < oldest);
  const meets = known.items.some(({ rev }) => rev >= oldest) && rest.length > 0;
  return meets
    ? { status: 'there', items: [...newest, ...rest], earlier: known.earlier }
    : { status: 'there', items: newest, earlier: nextCursor };
}
