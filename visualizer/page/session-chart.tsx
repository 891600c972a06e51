import type { ReactElement } from 'react';

import { sessionChart } from '../statechart/placed/session.generated.ts';
import { stateIdOf } from '../statechart/steps.ts';
import { useWords } from '../shared/language.tsx';
import { useNow } from '../shared/now.ts';
import { useLiveSession } from '../shared/signed-in.tsx';
import { lastTaken, timersOf } from './live-chart.ts';
import { NeighbourChart } from './neighbour-chart.tsx';
import { useHistory } from './use-history.ts';
import { chartWords } from './words/index.ts';

/** Where one session is in its statechart now, how it came there, and where it can go from there. */
export function SessionChart({ userId, id }: { readonly userId: string; readonly id: string }): ReactElement | null {
  const words = useWords(chartWords);
  const session = useLiveSession(userId, id);
  const { steps } = useHistory(userId, id);
  const now = useNow();
  if (session === undefined) return null;
  const last = steps.at(-1);
  return (
    <NeighbourChart
      chart={sessionChart}
      label={words.liveOf(id)}
      active={stateIdOf(sessionChart.graph, session.value)}
      taken={last?.to === session.value ? lastTaken(last, 'live') : null}
      timers={timersOf(session, now)}
    />
  );
}
