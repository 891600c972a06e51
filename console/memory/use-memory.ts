import { useEffect, useState } from 'react';

import { useSignedIn } from '../../visualizer/shared/signed-in.tsx';
import { byName, type KnownMemory } from './known-memory.ts';

/** As often as the nodes read it. */
const EVERY_MS = 15_000;
const NOTHING: KnownMemory = new Map();

/**
 * What the browsers of the caller's sessions hold, asked for while somebody looks. Nothing is known while the service
 * does not answer.
 */
export function useMemory(): KnownMemory {
  const { client } = useSignedIn();
  const [known, setKnown] = useState(NOTHING);
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    const ask = async (): Promise<void> => {
      if (document.visibilityState !== 'visible') return setKnown(NOTHING);
      try {
        const told = await client.memory({ signal });
        // Most services on simulated phones know nothing, ever: no need to draw that anew.
        setKnown((before) => (told.length === 0 && before.size === 0 ? before : byName(told)));
      } catch {
        if (!signal.aborted) setKnown(NOTHING);
      }
    };
    const askNow = (): void => void ask();
    askNow();
    const timer = setInterval(askNow, EVERY_MS);
    document.addEventListener('visibilitychange', askNow);
    return () => {
      leaving.abort();
      clearInterval(timer);
      document.removeEventListener('visibilitychange', askNow);
    };
  }, [client]);
  return known;
}
