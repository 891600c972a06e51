import type { ReactElement } from 'react';

import { sessionChart } from '../statechart/placed/session.ts';
import { useWords } from '../shared/language.tsx';
import { useNow } from '../shared/now.ts';
import { useLiveSession } from '../shared/signed-in.tsx';
import { activeIn, lastTaken, timersOf } from './live-chart.ts';
import { Statechart } from './statechart.tsx';
import { useHistory } from './use-history.ts';
import { chartWords } from './words/index.ts';

/** The statechart of one session as it is now, as high and wide as what it is in. */
export function SessionChart({ userId, id }: { readonly userId: string; readonly id: string }): ReactElement {
  const words = useWords(chartWords);
  const session = useLiveSession(userId, id);
  const { steps } = useHistory(userId, id);
  const now = useNow();
  return (
    <Statechart
      chart={sessionChart}
      label={words.liveOf(id)}
      active={session === undefined ? [] : activeIn(session.value)}
      taken={lastTaken(steps.at(-1), 'live')}
      timers={session === undefined ? [] : timersOf(session, now)}
      follow
    />
  );
}
