import { useEffect, useState, type ReactElement } from 'react';

import { useWords } from '../../visualizer/shared/language.tsx';
import { useLiveSessions } from '../../visualizer/shared/signed-in.tsx';
import { sharedWords } from '../../visualizer/shared/words/index.ts';
import type { SessionChart } from '../../visualizer/page/session-chart.tsx';
import { consoleWords } from '../words/index.ts';

type Chart = typeof SessionChart;
type Loaded = { readonly status: 'loading' | 'failed' } | { readonly status: 'there'; readonly Chart: Chart };

/**
 * The session's statechart, loaded when it is first looked at: it is bigger than all the rest of the console. When the
 * service is away just then, it is tried again once it is back.
 */
export function LaterChart({ userId, id }: { readonly userId: string; readonly id: string }): ReactElement {
  const words = useWords(consoleWords).session;
  const { failure } = useWords(sharedWords);
  const { connection } = useLiveSessions();
  const [loaded, setLoaded] = useState<Loaded>({ status: 'loading' });
  const isThere = loaded.status === 'there';

  useEffect(() => {
    if (isThere) return undefined;
    let isLeft = false;
    const show = (next: Loaded): void => {
      if (!isLeft) setLoaded(next);
    };
    import('../../visualizer/page/session-chart.tsx').then(
      (chart) => show({ status: 'there', Chart: chart.SessionChart }),
      () => show({ status: 'failed' }),
    );
    return () => {
      isLeft = true;
    };
  }, [connection, isThere]);

  if (loaded.status === 'there') return <loaded.Chart userId={userId} id={id} />;
  if (loaded.status === 'loading') return <div className="loading-row" />;
  return (
    <p className="quiet">
      {words.chartFailed}{' '}
      <button className="button" type="button" onClick={() => location.reload()}>
        {failure.reload}
      </button>
    </p>
  );
}
