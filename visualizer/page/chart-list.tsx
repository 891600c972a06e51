import type { KeyboardEvent, ReactElement } from 'react';

import type { GraphNode } from '../../src/domain/machine-graph.ts';
import { triggerOf } from '../statechart/trigger.ts';
import type { PlacedChart } from '../statechart/placed-chart.ts';
import { useWords } from '../shared/language.tsx';
import { useTriggerText } from './trigger-text.ts';
import { chartWords } from './words/index.ts';

interface ChartListProps {
  readonly chart: PlacedChart;
  readonly active: ReadonlySet<string>;
  readonly counts: ReadonlyMap<string, number> | null;
}

/** The same statechart in words, for whoever reads rather than looks. */
export function ChartList({ chart, active, counts }: ChartListProps): ReactElement {
  const words = useWords(chartWords).chart;
  const root = chart.graph.nodes.filter(({ parent }) => parent === null);
  return (
    <details className="chart-list" onKeyDown={closeByKey}>
      <summary>{words.asList}</summary>
      <div className="card chart-list-panel" tabIndex={0} role="region" aria-label={words.asList}>
        <ul>
          {root.map((node) => (
            <Entry key={node.id} node={node} chart={chart} active={active} counts={counts} />
          ))}
        </ul>
      </div>
    </details>
  );
}

function closeByKey({ key, currentTarget: details }: KeyboardEvent<HTMLDetailsElement>): void {
  if (key !== 'Escape' || !details.open) return;
  details.open = false;
  details.querySelector('summary')?.focus();
}

function Entry({ node, chart, active, counts }: ChartListProps & { readonly node: GraphNode }): ReactElement {
  const words = useWords(chartWords).chart;
  const triggerText = useTriggerText();
  const { nodes, edges } = chart.graph;
  const leading = edges.filter(({ source, target }) => source === node.id && target !== null);
  const inner = nodes.filter(({ parent }) => parent === node.id);
  const count = counts?.get(node.id) ?? 0;
  return (
    <li aria-current={active.has(node.id) ? 'true' : undefined}>
      <p>
        <strong className="mono">{node.key}</strong>
        {active.has(node.id) && <em> {words.active}</em>}
        {count > 0 && <em> {words.count(count)}</em>} <span className="quiet">{node.description}</span>
      </p>
      {leading.length > 0 && (
        <ul className="leading">
          {leading.map((edge) => (
            <li key={edge.id} className="small">
              <span className="mono">
                {triggerText(triggerOf(edge))}
                {edge.guard !== null && ` [${edge.guard.type}]`} → {edge.target?.slice(chart.graph.id.length + 1)}
              </span>{' '}
              <span className="quiet">{edge.description}</span>
            </li>
          ))}
        </ul>
      )}
      {inner.length > 0 && (
        <ul>
          {inner.map((each) => (
            <Entry key={each.id} node={each} chart={chart} active={active} counts={counts} />
          ))}
        </ul>
      )}
    </li>
  );
}
