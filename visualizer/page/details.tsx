import type { ReactElement, ReactNode } from 'react';

import type { GraphEdge, GraphNode, Named } from '../../src/domain/machine-graph.ts';
import { triggerOf } from '../statechart/trigger.ts';
import type { PlacedChart } from '../statechart/placed-chart.ts';
import { useWords } from '../shared/language.tsx';
import { useTriggerText } from './trigger-text.ts';
import type { Item } from './items.ts';
import { chartWords } from './words/index.ts';

interface DetailsProps {
  readonly chart: PlacedChart;
  readonly item: Item;
  /** It stays until it is closed. */
  readonly isKept: boolean;
  readonly onClose: () => void;
}

/** All that the machine says of a state or of the transitions of an arrow. */
export function Details({ chart: { graph, routes }, item, isKept, onClose }: DetailsProps): ReactElement {
  const words = useWords(chartWords).chart;
  const node = item.kind === 'state' ? graph.nodes.find(({ id }) => id === item.id) : undefined;
  const ids = new Set(routes.find(({ id }) => id === item.id)?.lines.flatMap(({ edges }) => edges) ?? []);
  const edges = graph.edges.filter(({ id }) => ids.has(id));
  return (
    <aside className="chart-details card" data-kept={isKept} aria-label={words.details}>
      {isKept && (
        <button
          type="button"
          className="button plain close"
          aria-label={words.close}
          onClick={onClose}
          onKeyDown={({ key }) => key === 'Escape' && onClose()}
        >
          ×
        </button>
      )}
      {node !== undefined && (
        <StateDetails
          node={node}
          staying={graph.edges.filter(({ source, target }) => source === node.id && target === null)}
        />
      )}
      {edges.length > 0 && (
        <ul className="edge-list">
          {edges.map((edge) => (
            <EdgeDetails key={edge.id} edge={edge} shorten={graph.id} />
          ))}
        </ul>
      )}
    </aside>
  );
}

function StateDetails({
  node,
  staying,
}: {
  readonly node: GraphNode;
  readonly staying: readonly GraphEdge[];
}): ReactElement {
  const words = useWords(chartWords).chart;
  return (
    <>
      <h2 className="mono">{node.id}</h2>
      <p>{node.description}</p>
      <dl className="facts">
        {node.tags.length > 0 && <Fact name={words.tags}>{node.tags.join(', ')}</Fact>}
        {node.entry.length > 0 && <Fact name={words.entry}>{named(node.entry)}</Fact>}
        {node.exit.length > 0 && <Fact name={words.exit}>{named(node.exit)}</Fact>}
        {node.invoke.length > 0 && <Fact name={words.invoke}>{node.invoke.join(', ')}</Fact>}
      </dl>
      {staying.length > 0 && (
        <>
          <h3>{words.staying}</h3>
          <ul className="edge-list">
            {staying.map((edge) => (
              <EdgeDetails key={edge.id} edge={edge} shorten={null} />
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function EdgeDetails({ edge, shorten }: { readonly edge: GraphEdge; readonly shorten: string | null }): ReactElement {
  const words = useWords(chartWords).chart;
  const trigger = useTriggerText()(triggerOf(edge));
  const short = (id: string): string => (shorten === null || id === shorten ? id : id.slice(shorten.length + 1));
  return (
    <li>
      <p className="mono trigger">{trigger}</p>
      {shorten !== null && edge.target !== null && (
        <p className="mono small quiet">
          {short(edge.source)} → {short(edge.target)}
        </p>
      )}
      <p>{edge.description}</p>
      <dl className="facts">
        {edge.guard !== null && <Fact name={words.guard}>{named([edge.guard])}</Fact>}
        {edge.actions.length > 0 && <Fact name={words.actions}>{named(edge.actions)}</Fact>}
      </dl>
    </li>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactElement {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="mono">{children}</dd>
    </div>
  );
}

function named(all: readonly Named[]): string {
  return all
    .map(({ type, params }) => (params === undefined ? type : `${type}(${Object.values(params).join(', ')})`))
    .join(', ');
}
