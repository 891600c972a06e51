import { useEffect, useState } from 'react';

import { useSignedIn } from '../../visualizer/shared/signed-in.tsx';

/** The service counts it from the histories of all sessions: not often. */
const EVERY_MS = 60_000;

/** How available everybody's sessions were in the last hour, 0 to 1; `null` where that is not known. */
export function useServiceLevel(): number | null {
  const { client } = useSignedIn();
  const [level, setLevel] = useState<number | null>(null);
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    const ask = async (): Promise<void> => {
      if (document.visibilityState !== 'visible') return;
      try {
        const answer = await client.request('/api/slo?window=1h', { signal });
        // the service's answers are taken at their word
        const { availability } = (await answer.json()) as { readonly availability: number | null };
        setLevel(availability);
      } catch {
        if (!signal.aborted) setLevel(null);
      }
    };
    const askNow = (): void => void ask();
    askNow();
    const timer = setInterval(askNow, EVERY_MS);
    return () => {
      leaving.abort();
      clearInterval(timer);
    };
  }, [client]);
  return level;
}
