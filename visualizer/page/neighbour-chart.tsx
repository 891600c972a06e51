import type { ReactElement } from 'react';

import { neighboursOf, type Neighbour } from '../statechart/neighbours.ts';
import type { LabelLine, PlacedChart } from '../statechart/placed-chart.ts';
import { standInText } from '../statechart/stand-in.ts';
import { useWords } from '../shared/language.tsx';
import type { ChartTimer, Taken } from './chart-marks.ts';
import { useTriggerText } from './trigger-text.ts';
import { chartWords } from './words/index.ts';

interface NeighbourChartProps {
  readonly chart: PlacedChart;
  /** What the picture shows, for those who do not see it. */
  readonly label: string;
  /** One of the innermost states. */
  readonly active: string;
  /** What led to it. */
  readonly taken: Taken | null;
  readonly timers: readonly ChartTimer[];
}

/** One state of a statechart with those next to it: from where it is entered on the left, where it leads on the right. */
export function NeighbourChart({ chart, label, active, taken, timers }: NeighbourChartProps): ReactElement {
  const words = useWords(chartWords).chart;
  const { graph } = chart;
  const { before, after } = neighboursOf(chart, active);
  const node = graph.nodes.find(({ id }) => id === active);
  const own = timers.find(({ delay }) => delay === null);
  return (
    <div className="neighbours" role="group" aria-label={label} aria-roledescription={words.kind}>
      <ul className="neighbours-before" aria-label={words.from}>
        {before.map((neighbour) => (
          <NeighbourRow
            key={neighbour.state}
            neighbour={neighbour}
            name={active.startsWith(`${neighbour.state}.`) ? standInText(graph, neighbour.state) : null}
            taken={taken}
            timers={timers}
          />
        ))}
      </ul>
      <div className="neighbours-active" data-state={topOf(active)} aria-current="true">
        <strong className="mono">
          <StateName id={active} />
        </strong>
        {own !== undefined && <Countdown seconds={own.secondsLeft} />}
        {node !== undefined && <p className="small">{node.description}</p>}
      </div>
      <ul className="neighbours-after" aria-label={words.to}>
        {after.map((neighbour) => (
          <NeighbourRow key={neighbour.state} neighbour={neighbour} name={null} taken={null} timers={timers} />
        ))}
      </ul>
    </div>
  );
}

interface NeighbourRowProps {
  readonly neighbour: Neighbour;
  /** Instead of the state's own. */
  readonly name: string | null;
  readonly taken: Taken | null;
  readonly timers: readonly ChartTimer[];
}

function NeighbourRow({ neighbour: { state, lines }, name, taken, timers }: NeighbourRowProps): ReactElement {
  const isTaken = (line: LabelLine): boolean => line.edges.some((edge) => taken?.edges.includes(edge));
  return (
    <li className="neighbour" data-taken={lines.some(isTaken)}>
      <span className="neighbour-state mono" data-state={name === null ? topOf(state) : undefined}>
        {name ?? <StateName id={state} />}
      </span>
      <span className="neighbour-way">
        <span className="neighbour-lines mono">
          {lines.map((line) => (
            <span key={line.edges[0]} data-taken={isTaken(line)}>
              <Trigger line={line} />
              {timers.map(({ delay, secondsLeft }) =>
                line.kind === 'delay' && line.text === delay ? <Countdown key={delay} seconds={secondsLeft} /> : null,
              )}
            </span>
          ))}
        </span>
      </span>
    </li>
  );
}

function Trigger({ line }: { readonly line: LabelLine }): ReactElement {
  const triggerText = useTriggerText();
  const { guard } = line;
  return (
    <span>
      {triggerText(line)}
      {guard !== null && <span className="quiet"> [{guard}]</span>}
    </span>
  );
}

function Countdown({ seconds }: { readonly seconds: number }): ReactElement {
  const words = useWords(chartWords).session;
  return <span className="neighbour-time">{words.seconds(seconds)}</span>;
}

/** `ready.online` of `session.ready.online`, with places where a narrow box may break it. */
function StateName({ id }: { readonly id: string }): ReactElement {
  const [, first = id, ...inner] = id.split('.');
  return (
    <>
      {first}
      {inner.map((key) => (
        <span key={key}>
          <wbr />.{key}
        </span>
      ))}
    </>
  );
}

function topOf(id: string): string | undefined {
  return id.split('.')[1];
}
