import type { ReactElement } from 'react';

import { useWords } from '../shared/language.tsx';
import type { Viewport } from './viewport.ts';
import { chartWords } from './words/index.ts';

export const CLOSER = 1.25;
export const FURTHER = 0.8;

/** Zoom, for who has neither wheel nor two fingers. */
export function ChartTools({ zoom, fitChart }: Pick<Viewport, 'zoom' | 'fitChart'>): ReactElement {
  const words = useWords(chartWords).chart;
  return (
    <div className="chart-tools" role="toolbar" aria-label={words.view}>
      <button
        type="button"
        className="button"
        aria-label={words.zoomIn}
        title={words.zoomIn}
        onClick={() => zoom(CLOSER)}
      >
        +
      </button>
      <button
        type="button"
        className="button"
        aria-label={words.zoomOut}
        title={words.zoomOut}
        onClick={() => zoom(FURTHER)}
      >
        −
      </button>
      <button type="button" className="button" onClick={fitChart}>
        {words.fit}
      </button>
    </div>
  );
}
