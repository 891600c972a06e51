import './statechart.css';

import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactElement } from 'react';

import type { PlacedChart } from '../statechart/placed-chart.ts';
import { nearestTowards, type Direction } from '../statechart/nearest.ts';
import { useWords } from '../shared/language.tsx';
import type { ChartTimer, Taken } from './chart-marks.ts';
import { ChartList } from './chart-list.tsx';
import { ChartRoute } from './chart-route.tsx';
import { ChartStart, ChartState, OuterName } from './chart-state.tsx';
import { Details } from './details.tsx';
import { itemsOf, type Item } from './items.ts';
import { useViewport } from './viewport.ts';
import { chartWords } from './words/index.ts';

export interface StatechartProps {
  readonly chart: PlacedChart;
  /** What the picture shows, for those who do not see it. */
  readonly label: string;
  /** The active state and all that it is in. */
  readonly active?: readonly string[];
  readonly taken?: Taken | null;
  /** Transitions that led to something, with the places of the steps that took them. */
  readonly led?: ReadonlyMap<string, readonly number[]> | null;
  /** How many are in each innermost state now. */
  readonly counts?: ReadonlyMap<string, number> | null;
  readonly timers?: readonly ChartTimer[];
  /** Keeps the active state in view. */
  readonly follow?: boolean;
  readonly onSelect?: (item: Item | null) => void;
}

const KEYS: Readonly<Record<string, Direction>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
};
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
  onSelect,
}: StatechartProps): ReactElement {
  const words = useWords(chartWords).chart;
  const svg = useRef<SVGSVGElement>(null);
  const { view, room, zoom, fitChart, reveal } = useViewport(svg, chart);
  const items = useMemo(() => itemsOf(chart), [chart]);
  const [pointed, setPointed] = useState<string | null>(null);
  const [selected, setSelected] = useState<string | null>(null);
  const [entry, setEntry] = useState<string | null>(null);
  const shown = items.get(pointed ?? selected ?? '') ?? null;
  const tabStop = entry ?? active.at(-1) ?? chart.graph.id;

  const select = useCallback(
    (id: string | null) => {
      setSelected(id);
      if (id !== null) setEntry(id);
      onSelect?.(id === null ? null : (items.get(id) ?? null));
    },
    [items, onSelect],
  );
  const focus = useCallback(
    (item: Item) => {
      setEntry(item.id);
      svg.current?.querySelector<SVGElement>(`[data-item="${CSS.escape(item.id)}"]`)?.focus({ preventScroll: true });
      reveal(item, item);
    },
    [reveal],
  );

  /** Closes what is told of an item, and gives the focus back to it. */
  const close = (): void => {
    if (selected !== null)
      svg.current?.querySelector<SVGElement>(`[data-item="${CSS.escape(selected)}"]`)?.focus({ preventScroll: true });
    select(null);
  };

  const leaf = active.at(-1);
  const top = active[1];
  const isMeasured = view.scale > 0;
  // The height changes with a phone's address bar while one scrolls: that must not take away what one looks at.
  const { width } = room;
  useEffect(() => {
    const item = follow && isMeasured && leaf !== undefined ? items.get(leaf) : undefined;
    if (item !== undefined) reveal(item, items.get(top ?? '') ?? item);
  }, [follow, isMeasured, width, leaf, top, items, reveal]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const direction = KEYS[event.key];
    const from = items.get(tabStop);
    if (direction !== undefined && from !== undefined) {
      const next = nearestTowards(
        [...items.values()].filter(({ id }) => id !== from.id),
        from,
        direction,
      );
      if (next !== null) focus(next);
    } else if (event.key === 'Enter' || event.key === ' ') select(selected === tabStop ? null : tabStop);
    else if (event.key === 'Escape') select(null);
    else if (event.key === '+' || event.key === '=') zoom(1.25);
    else if (event.key === '-') zoom(0.8);
    else if (event.key === '0') fitChart();
    else return;
    event.preventDefault();
  };

  const isActive = useMemo(() => new Set(active), [active]);
  const isTaken = useMemo(() => new Set(taken?.edges ?? []), [taken]);
  const point = useCallback((id: string | null) => setPointed(id), []);
  const near = shown?.kind === 'state' ? shown.id : null;
  const shared = { point, select, setEntry, tabStop };
  const leaves = chart.states.filter(({ id }) => !chart.states.some(({ parent }) => parent === id));
  const outer = chart.states.filter((state) => !leaves.includes(state));

  return (
    <div className="statechart" data-far={view.scale < FAR}>
      <svg
        ref={svg}
        className="chart-canvas"
        role="group"
        aria-label={label}
        aria-roledescription={words.kind}
        onKeyDown={onKeyDown}
        onDoubleClick={fitChart}
      >
        <defs>
          {['', '-taken', '-led', '-near'].map((kind) => (
            <marker
              key={kind}
              id={`arrow${kind}`}
              className={`arrow${kind}`}
              viewBox="0 0 8 8"
              refX="7.5"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              markerUnits="userSpaceOnUse"
              orient="auto"
            >
              <path d="M0 .5 7.5 4 0 7.5Z" />
            </marker>
          ))}
        </defs>
        {isMeasured && (
          <g transform={`scale(${view.scale}) translate(${-view.x} ${-view.y})`}>
            {outer.map((state) => (
              <ChartState
                key={state.id}
                state={state}
                chart={chart}
                active={isActive.has(state.id)}
                scale={view.scale}
                isShown={shown?.id === state.id}
                count={counts === null || state.depth !== 1 ? null : countWithin(counts, state.id)}
                secondsLeft={null}
                {...shared}
              />
            ))}
            {chart.starts.map((start) => (
              <ChartStart key={start.of} start={start} />
            ))}
            {chart.routes.map((route) => (
              <ChartRoute
                key={route.id}
                route={route}
                chart={chart}
                taken={
                  taken !== null && route.lines.some(({ edges }) => edges.some((edge) => isTaken.has(edge)))
                    ? taken
                    : null
                }
                led={led}
                isEnabled={isActive.has(route.source)}
                isNear={near !== null && (route.source === near || route.target === near)}
                isShown={shown?.id === route.id}
                timers={timers}
                {...shared}
              />
            ))}
            <g className="outer-names" aria-hidden="true">
              {outer.map((state) => (
                <OuterName key={state.id} state={state} chart={chart} scale={view.scale} />
              ))}
            </g>
            {leaves.map((state) => (
              <ChartState
                key={state.id}
                state={state}
                chart={chart}
                active={isActive.has(state.id)}
                scale={view.scale}
                isShown={shown?.id === state.id}
                count={counts === null ? null : (counts.get(state.id) ?? 0)}
                secondsLeft={
                  timers.find((timer) => timer.state === state.id && timer.delay === null)?.secondsLeft ?? null
                }
                {...shared}
              />
            ))}
          </g>
        )}
      </svg>
      <div className="chart-tools" role="toolbar" aria-label={words.view}>
        <button
          type="button"
          className="button"
          aria-label={words.zoomIn}
          title={words.zoomIn}
          onClick={() => zoom(1.25)}
        >
          +
        </button>
        <button
          type="button"
          className="button"
          aria-label={words.zoomOut}
          title={words.zoomOut}
          onClick={() => zoom(0.8)}
        >
          −
        </button>
        <button type="button" className="button" onClick={fitChart}>
          {words.fit}
        </button>
      </div>
      {shown !== null && <Details chart={chart} item={shown} isKept={pointed === null} onClose={close} />}
      <ChartList chart={chart} active={isActive} counts={counts} />
    </div>
  );
}

function countWithin(counts: ReadonlyMap<string, number>, id: string): number {
  return [...counts].filter(([state]) => state.startsWith(`${id}.`)).reduce((sum, [, count]) => sum + count, 0);
}
