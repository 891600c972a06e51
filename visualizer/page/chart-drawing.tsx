import { useMemo, type ReactElement } from 'react';

import type { PlacedChart, PlacedRoute, PlacedState } from '../statechart/placed-chart.ts';
import type { ChartTimer, Taken } from './chart-marks.ts';
import { ChartRoute } from './chart-route.tsx';
import { ChartStart, ChartState, OuterName, type PartProps } from './chart-state.tsx';
import type { Item } from './items.ts';

export interface ChartMarks {
  readonly active: ReadonlySet<string>;
  readonly taken: Taken | null;
  /** Transitions that led to something, with the places of the steps that took them. */
  readonly led: ReadonlyMap<string, readonly number[]> | null;
  /** How many are in each innermost state now. */
  readonly counts: ReadonlyMap<string, number> | null;
  readonly timers: readonly ChartTimer[];
}

interface ChartDrawingProps extends ChartMarks {
  readonly chart: PlacedChart;
  /** What is told of at present. */
  readonly shown: Item | null;
  /** Pixels of the screen for one of the chart. */
  readonly scale: number;
  readonly parts: PartProps;
}

const ARROWS = ['', '-taken', '-led', '-near'];

/** The arrows' heads, which the ways of {@link ChartDrawing} end in. */
export function ArrowHeads(): ReactElement {
  return (
    <defs>
      {ARROWS.map((kind) => (
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
  );
}

/** The chart itself: outer states, then arrows, then what arrows must not cover. */
export function ChartDrawing(props: ChartDrawingProps): ReactElement {
  const { chart, active, taken, led, timers, shown, scale, parts } = props;
  const [outer, leaves] = useMemo(() => outerAndInner(chart), [chart]);
  const isTaken = useMemo(() => new Set(taken?.edges ?? []), [taken]);
  const wasTaken = ({ lines }: PlacedRoute): boolean =>
    lines.some(({ edges }) => edges.some((edge) => isTaken.has(edge)));
  const near = shown?.kind === 'state' ? shown.id : null;
  return (
    <>
      {outer.map((state) => (
        <ChartState
          key={state.id}
          state={state}
          chart={chart}
          active={active.has(state.id)}
          scale={scale}
          isShown={shown?.id === state.id}
          count={state.depth === 1 ? countWithin(props, state) : null}
          secondsLeft={null}
          {...parts}
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
          taken={wasTaken(route) ? taken : null}
          led={led}
          isEnabled={active.has(route.source)}
          isNear={near !== null && (route.source === near || route.target === near)}
          isShown={shown?.id === route.id}
          timers={timers}
          {...parts}
        />
      ))}
      <g className="outer-names" aria-hidden="true">
        {outer.map((state) => (
          <OuterName key={state.id} state={state} chart={chart} scale={scale} />
        ))}
      </g>
      {leaves.map((state) => (
        <ChartState
          key={state.id}
          state={state}
          chart={chart}
          active={active.has(state.id)}
          scale={scale}
          isShown={shown?.id === state.id}
          count={countWithin(props, state)}
          secondsLeft={timerOf(props, state)?.secondsLeft ?? null}
          {...parts}
        />
      ))}
    </>
  );
}

function outerAndInner({ states }: PlacedChart): readonly [readonly PlacedState[], readonly PlacedState[]] {
  const parents = new Set(states.map(({ parent }) => parent));
  return [states.filter(({ id }) => parents.has(id)), states.filter(({ id }) => !parents.has(id))];
}

/** How many are in it, or in a state within it; `null` when nobody counts. */
function countWithin({ counts }: ChartMarks, { id }: PlacedState): number | null {
  if (counts === null) return null;
  return [...counts].reduce(
    (sum, [state, count]) => (state === id || state.startsWith(`${id}.`) ? sum + count : sum),
    0,
  );
}

/** The end of what the state itself shows. */
function timerOf({ timers }: ChartMarks, { id }: PlacedState): ChartTimer | undefined {
  return timers.find(({ state, delay }) => state === id && delay === null);
}
