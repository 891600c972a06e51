import './statechart.css';

import { useEffect, useMemo, useRef, type ReactElement } from 'react';

import type { PlacedChart } from '../statechart/placed-chart.ts';
import { useWords } from '../shared/language.tsx';
import { ArrowHeads, ChartDrawing, type ChartMarks } from './chart-drawing.tsx';
import { ChartList } from './chart-list.tsx';
import { ChartTools } from './chart-tools.tsx';
import { Details } from './details.tsx';
import { itemsOf, type Item } from './items.ts';
import { useChartFocus } from './use-chart-focus.ts';
import { useViewport, type Viewport } from './viewport.ts';
import { chartWords } from './words/index.ts';

interface StatechartProps extends Partial<Omit<ChartMarks, 'active'>> {
  readonly chart: PlacedChart;
  /** What the picture shows, for those who do not see it. */
  readonly label: string;
  /** The active state and all that it is in. */
  readonly active?: readonly string[];
  /** Keeps the active state in view. */
  readonly follow?: boolean;
}

/** Smaller than this only the names of the states can be read: labels would be noise. */
const FAR = 0.5;
const NOTHING: readonly never[] = [];

/**
 * A statechart: pan and zoom it, walk over it with the arrow keys; what is pointed at or focused says all about itself.
 */
export function Statechart({
  chart,
  label,
  active = NOTHING,
  taken = null,
  led = null,
  counts = null,
  timers = NOTHING,
  follow = false,
}: StatechartProps): ReactElement {
  const words = useWords(chartWords).chart;
  const svg = useRef<SVGSVGElement>(null);
  const viewport = useViewport(svg, chart);
  const { view, fitChart } = viewport;
  const items = useMemo(() => itemsOf(chart), [chart]);
  const focus = useChartFocus({ svg, items, viewport, first: active.at(-1) ?? chart.graph.id });
  useFollowing({ isOn: follow, items, active, viewport });
  const isActive = useMemo(() => new Set(active), [active]);

  return (
    <div className="statechart" data-far={view.scale < FAR}>
      <svg
        ref={svg}
        className="chart-canvas"
        role="group"
        aria-label={label}
        aria-roledescription={words.kind}
        onKeyDown={focus.onKeyDown}
        onDoubleClick={fitChart}
      >
        <ArrowHeads />
        {view.scale > 0 && (
          <g transform={`scale(${view.scale}) translate(${-view.x} ${-view.y})`}>
            <ChartDrawing
              chart={chart}
              active={isActive}
              taken={taken}
              led={led}
              counts={counts}
              timers={timers}
              shown={focus.shown}
              scale={view.scale}
              parts={focus.parts}
            />
          </g>
        )}
      </svg>
      <ChartTools {...viewport} />
      {focus.shown !== null && <Details chart={chart} item={focus.shown} isKept={focus.isKept} onClose={focus.close} />}
      <ChartList chart={chart} active={isActive} counts={counts} />
    </div>
  );
}

interface Following {
  readonly isOn: boolean;
  readonly items: ReadonlyMap<string, Item>;
  readonly active: readonly string[];
  readonly viewport: Viewport;
}

/** Moves to the active state when it changes, or the width for it does. */
function useFollowing({ isOn, items, active, viewport: { view, room, reveal } }: Following): void {
  const leaf = active.at(-1);
  const top = active[1];
  const isMeasured = view.scale > 0;
  // The height changes with a phone's address bar while one scrolls: that must not take away what one looks at.
  const { width } = room;
  useEffect(() => {
    const item = isOn && isMeasured && leaf !== undefined ? items.get(leaf) : undefined;
    if (item !== undefined) reveal(item, items.get(top ?? '') ?? item);
  }, [isOn, isMeasured, width, leaf, top, items, reveal]);
}
