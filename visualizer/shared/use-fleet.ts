import { useEffect, useState } from 'react';

import type { FleetResource } from '../../src/api/routes/fleet-routes.ts';
import { useSignedIn } from './signed-in.tsx';

export type FleetView =
  | { readonly status: 'loading' }
  | { readonly status: 'there'; readonly fleet: FleetResource }
  /** What was thrown, and the fleet as it was before, if that is known. */
  | { readonly status: 'failed'; readonly problem: unknown; readonly fleet: FleetResource | null };

const EVERY_MS = 2_000;

/** The fleet, asked for again and again while somebody looks. */
export function useFleet(): FleetView {
  const { client } = useSignedIn();
  const [view, setView] = useState<FleetView>({ status: 'loading' });
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      try {
        const answer = await client.request('/api/fleet', { signal });
        const fleet = (await answer.json()) as FleetResource; // the service's answers are taken at their word
        setView({ status: 'there', fleet });
      } catch (problem) {
        if (!signal.aborted)
          setView((before) => ({ status: 'failed', problem, fleet: 'fleet' in before ? before.fleet : null }));
      }
      if (!signal.aborted) timer = setTimeout(next, EVERY_MS);
    };
    const next = (): void => {
      if (document.visibilityState === 'visible') void ask();
      else timer = setTimeout(next, EVERY_MS);
    };
    void ask();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [client]);
  return view;
}
