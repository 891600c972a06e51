import { memo, type ReactElement } from 'react';

import { roundPath } from '../statechart/round-path.ts';
import type { LabelLine, PlacedChart, PlacedRoute } from '../statechart/placed-chart.ts';
import { standInText } from '../statechart/stand-in.ts';
import { LABEL_LINE, LABEL_PADDING, LABEL_SIZE, STAND_IN_SIZE, widthOf } from '../statechart/text-size.ts';
import { useWords } from '../shared/language.tsx';
import { Badge, type PartProps } from './chart-state.tsx';
import type { ChartTimer, Taken } from './chart-marks.ts';
import { chartWords } from './words/index.ts';

interface ChartRouteProps extends PartProps {
  readonly route: PlacedRoute;
  readonly chart: PlacedChart;
  /** Set when it was taken last. */
  readonly taken: Taken | null;
  /** The places of transitions in what led somewhere. */
  readonly led: ReadonlyMap<string, readonly number[]> | null;
  /** Its source is active. */
  readonly isEnabled: boolean;
  readonly isNear: boolean;
  readonly isShown: boolean;
  readonly timers: readonly ChartTimer[];
}

export const ChartRoute = memo(function ChartRoute({
  route,
  chart,
  taken,
  led,
  isEnabled,
  isNear,
  isShown,
  timers,
  point,
  select,
  setEntry,
  tabStop,
}: ChartRouteProps): ReactElement {
  const words = useWords(chartWords).chart;
  const { id, source, target, points, label, lines, standIn } = route;
  const way = roundPath(points);
  const places = [...new Set(lines.flatMap(({ edges }) => edges.flatMap((edge) => led?.get(edge) ?? [])))].toSorted(
    (a, b) => a - b,
  );
  const timer = timers.find(
    ({ state, delay }) => state === source && delay !== null && lines.some((line) => waitsFor(line, delay)),
  );
  const kind = kindOf({ isTaken: taken !== null, hasLed: places.length > 0, isNear: isNear || isShown });
  const nameOf = (state: string): string => chart.graph.nodes.find((node) => node.id === state)?.key ?? state;
  const standInWord = standIn === null ? '' : standInText(chart.graph, source);
  return (
    <>
      <g
        className="chart-route"
        data-item={id}
        data-kind={kind}
        data-enabled={isEnabled}
        role="button"
        tabIndex={tabStop === id ? 0 : -1}
        aria-label={words.routeLabel(
          nameOf(source),
          nameOf(target),
          [standInWord, ...lines.map(shown)].join(' ').trim(),
        )}
        onPointerEnter={() => point(id)}
        onPointerLeave={() => point(null)}
        onFocus={() => setEntry(id)}
        onClick={() => select(id)}
      >
        <path className="reach" d={way} />
        <path className="way" d={way} markerEnd={`url(#arrow${kind})`} />
        {taken !== null && <path key={taken.key} className="flash" d={way} pathLength={1} />}
        {standIn !== null && (
          <g className="stand-in">
            <rect x={standIn.x} y={standIn.y} width={standIn.width} height={standIn.height} rx={standIn.height / 2} />
            <text
              x={standIn.x + standIn.width / 2}
              y={standIn.y + standIn.height / 2 + 3.5}
              fontSize={STAND_IN_SIZE}
              textAnchor="middle"
            >
              {standInWord}{' '}
            </text>
          </g>
        )}
        <g className="label">
          <rect x={label.x} y={label.y} width={label.width} height={label.height} rx={4} />
          {lines.map((line, index) => (
            <Line
              key={line.edges[0] ?? index}
              line={line}
              x={label.x + LABEL_PADDING.x}
              y={label.y + LABEL_PADDING.y + index * LABEL_LINE}
              isTaken={taken !== null && line.edges.some((edge) => taken.edges.includes(edge))}
            />
          ))}
        </g>
      </g>
      <g className="route-badges" data-of={id} aria-hidden="true">
        {timer !== undefined && (
          <Badge
            x={label.x + label.width + 2}
            y={label.y + label.height / 2}
            text={`${Math.max(0, timer.secondsLeft)} s`}
            isBeside
          />
        )}
        {places.length > 0 && (
          <Badge
            x={label.x + label.width + 2}
            y={label.y + label.height / 2}
            text={places.length > 3 ? `${places[0]} … ${places.at(-1)}` : places.join(' ')}
            isBeside
          />
        )}
      </g>
    </>
  );
});

function Line({
  line: { kind, text, guard },
  x,
  y,
  isTaken,
}: {
  readonly line: LabelLine;
  readonly x: number;
  readonly y: number;
  readonly isTaken: boolean;
}): ReactElement {
  const indent = kind === 'delay' ? widthOf('   ', LABEL_SIZE) : 0;
  const middle = y + LABEL_LINE / 2;
  return (
    <g className="line" data-taken={isTaken}>
      {kind === 'delay' && (
        <path
          className="clock"
          d={`M${x + 6} ${middle - 4.5}a4.5 4.5 0 1 1-.01 0M${x + 6} ${middle - 2.6}v2.8l1.9 1.1`}
        />
      )}
      <text x={x + indent} y={y + 11.5} fontSize={LABEL_SIZE}>
        {text}
        {guard !== null && (
          <tspan className="guard">
            {text === '' ? '' : ' '}[{guard}]
          </tspan>
        )}{' '}
      </text>
    </g>
  );
}

interface Standing {
  readonly isTaken: boolean;
  readonly hasLed: boolean;
  readonly isNear: boolean;
}

/** How an arrow is drawn: what was taken last before what led somewhere, and both before what one looks at. */
function kindOf({ isTaken, hasLed, isNear }: Standing): '-taken' | '-led' | '-near' | '' {
  if (isTaken) return '-taken';
  if (hasLed) return '-led';
  return isNear ? '-near' : '';
}

function waitsFor({ kind, text }: LabelLine, delay: string): boolean {
  return kind === 'delay' && text === delay;
}

/** As it is written in the chart, so that whoever speaks to the page can say what they see. */
function shown({ text, guard }: LabelLine): string {
  return [text, guard === null ? '' : `[${guard}]`].filter((word) => word !== '').join(' ');
}
