import { memo, type ReactElement } from 'react';

import type { GraphNode } from '../../src/domain/machine-graph.ts';
import { roundPath } from '../statechart/round-path.ts';
import type { PlacedChart, PlacedStart, PlacedState } from '../statechart/placed-chart.ts';
import { NAME_SIZE } from '../statechart/text-size.ts';
import { useWords } from '../shared/language.tsx';
import { chartWords } from './words/index.ts';

/** What parts of a chart tell it. */
export interface PartProps {
  readonly point: (id: string | null) => void;
  readonly select: (id: string | null) => void;
  readonly setEntry: (id: string) => void;
  /** The part that the Tab key leads to. */
  readonly tabStop: string;
}

interface ChartStateProps extends PartProps {
  readonly state: PlacedState;
  readonly chart: PlacedChart;
  readonly active: boolean;
  readonly isShown: boolean;
  /** Pixels of the screen for one of the chart. */
  readonly scale: number;
  /** How many are in it; `null` when nobody counts. */
  readonly count: number | null;
  readonly secondsLeft: number | null;
}

/** Names of the states at the top grow when one looks from afar, up to this. */
const LARGEST_NAME = 27;
const TAGS = ['connected', 'needs_scan', 'busy', 'settled', 'at_rest'];

export const ChartState = memo(function ChartState({
  state,
  chart,
  active,
  isShown,
  scale,
  count,
  secondsLeft,
  point,
  select,
  setEntry,
  tabStop,
}: ChartStateProps): ReactElement {
  const words = useWords(chartWords).chart;
  const { id } = state;
  const node = chart.graph.nodes.find((each) => each.id === id);
  const isOuter = node?.type === 'compound' || node?.type === 'parallel';
  return (
    <g className="chart-part" data-of={id} data-outer={isOuter} data-state={colourOf(chart, id)}>
      <g
        className="chart-state"
        data-item={id}
        data-outer={isOuter}
        data-final={node?.type === 'final'}
        data-depth={Math.min(state.depth, 3)}
        data-active={active}
        data-shown={isShown}
        data-empty={count === 0 && !isOuter}
        role="button"
        tabIndex={tabStop === id ? 0 : -1}
        aria-label={words.stateLabel(node?.key ?? id, active, count, node?.description ?? '')}
        aria-current={active ? 'true' : undefined}
        onPointerEnter={isOuter ? undefined : () => point(id)}
        onPointerLeave={isOuter ? undefined : () => point(null)}
        onFocus={() => setEntry(id)}
        onClick={() => select(id)}
      >
        <Boxes state={state} isOuter={isOuter} isFinal={node?.type === 'final'} />
        {!isOuter && <InnerName state={state} node={node} />}
      </g>
      <Badges state={state} count={count} secondsLeft={secondsLeft} size={isOuter ? outerBadgeSize(scale) : 1} />
    </g>
  );
});

/** Of a session's statechart, the state at the top that a part is in: it has that state's colour. */
function colourOf(chart: PlacedChart, id: string): string | undefined {
  return chart.graph.id === 'session' ? id.split('.')[1] : undefined;
}

/** It stays legible from afar. */
function outerBadgeSize(scale: number): number {
  return Math.min(3, Math.max(1, 0.8 / scale));
}

interface BoxesProps {
  readonly state: PlacedState;
  readonly isOuter: boolean;
  readonly isFinal: boolean;
}

function Boxes({ state: { x, y, width, height }, isOuter, isFinal }: BoxesProps): ReactElement {
  return (
    <>
      <rect className="box" x={x} y={y} width={width} height={height} rx={isOuter ? 12 : 8} />
      {isFinal && <rect className="box inner" x={x + 3} y={y + 3} width={width - 6} height={height - 6} rx={6} />}
    </>
  );
}

interface InnerNameProps {
  readonly state: PlacedState;
  readonly node: GraphNode | undefined;
}

/** The name of a state that has no others inside, with its tags at the right. */
function InnerName({ state: { id, x, y, width, height }, node }: InnerNameProps): ReactElement {
  const tags = TAGS.filter((tag) => node?.tags.includes(tag));
  const firstTag = x + width - 15 - (tags.length - 1) * 11;
  return (
    <>
      <text className="name" x={x + 14} y={y + height / 2 + 4.5} fontSize={NAME_SIZE}>
        {node?.key ?? id}
      </text>
      {tags.map((tag, index) => (
        <TagMark key={tag} tag={tag} x={firstTag + index * 11} y={y + height / 2} />
      ))}
    </>
  );
}

interface BadgesProps extends Pick<ChartStateProps, 'state' | 'count' | 'secondsLeft'> {
  /** Of the count, as a share of the usual size. */
  readonly size: number;
}

/** How many are in a state, and what is left of its wait. */
function Badges({ state: { x, y, width, height }, count, secondsLeft, size }: BadgesProps): ReactElement {
  return (
    <g aria-hidden="true">
      {count !== null && count > 0 && <Badge x={x + width} y={y} text={String(count)} size={size} />}
      {secondsLeft !== null && <Badge x={x + width} y={y + height} text={`${Math.max(0, secondsLeft)} s`} />}
    </g>
  );
}

/** The name of a state that has others inside: above the arrows, which may pass there. */
export function OuterName({
  state: { id, x, y, depth },
  chart,
  scale,
}: Pick<ChartStateProps, 'state' | 'chart' | 'scale'>): ReactElement {
  const size = depth === 1 ? Math.min(LARGEST_NAME, Math.max(NAME_SIZE, 12 / scale)) : NAME_SIZE;
  return (
    <text data-depth={depth} data-state={colourOf(chart, id)} x={x + 14} y={y + 10 + size * 0.9} fontSize={size}>
      {chart.graph.nodes.find((node) => node.id === id)?.key ?? id}
    </text>
  );
}

/** A small shape for each tag; the details say them in words. */
function TagMark({ tag, x, y }: { readonly tag: string; readonly x: number; readonly y: number }): ReactElement {
  const shapes: Readonly<Record<string, string>> = {
    connected: `M${x - 3.5} ${y}l2.5 2.8 4.5-5.6`,
    needs_scan: `M${x - 3} ${y - 3}h6v6h-6z`,
    busy: `M${x - 3.2} ${y - 1.5}a3.4 3.4 0 1 1 .5 3.6`,
    settled: `M${x - 3} ${y}h6`,
    at_rest: `M${x - 2} ${y - 3}v6M${x + 2} ${y - 3}v6`,
  };
  return <path className="tag" d={shapes[tag] ?? ''} />;
}

interface BadgeProps {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  /** As a share of the usual size. */
  readonly size?: number;
  /** It begins at `x` instead of lying on it. */
  readonly isBeside?: boolean;
}

/** A pill on a corner, centred there, or beside something. */
export function Badge({ x, y, text, size = 1, isBeside = false }: BadgeProps): ReactElement {
  const width = Math.max(20, text.length * 7 + 12);
  return (
    <g className="badge" transform={`translate(${isBeside ? x + width / 2 : x - 4} ${y}) scale(${size})`}>
      <rect x={-width / 2} y={-9} width={width} height={18} rx={9} />
      <text y={4} textAnchor="middle">
        {text}
      </text>
    </g>
  );
}

/** Where a state begins. */
export function ChartStart({ start: { dot, points } }: { readonly start: PlacedStart }): ReactElement {
  return (
    <g className="chart-start" aria-hidden="true">
      <circle cx={dot.x + dot.width / 2} cy={dot.y + dot.height / 2} r={dot.width / 2 - 1} />
      <path d={roundPath(points)} markerEnd="url(#arrow)" />
    </g>
  );
}
