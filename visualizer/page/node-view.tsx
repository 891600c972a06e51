import type { ReactElement } from 'react';

import type { PlacedChart } from '../statechart/placed-chart.ts';
import { useWords } from '../shared/language.tsx';
import { useSignedIn } from '../shared/signed-in.tsx';
import { useFleet } from '../shared/use-fleet.ts';
import { activeOn, countNodes, heldBy, type FleetNode } from './node-states.ts';
import { placeOf, type NodeMachine } from './route.ts';
import { Statechart } from './statechart.tsx';
import { chartWords } from './words/index.ts';

interface NodeViewProps {
  readonly chart: PlacedChart;
  readonly machine: NodeMachine;
  /** The node that is picked; `null`: none. */
  readonly nodeId: string | null;
}

/** A machine of which each node has one. For an admin, who alone may see the fleet, live. */
export function NodeView(props: NodeViewProps): ReactElement {
  const words = useWords(chartWords);
  const { access } = useSignedIn();
  const { chart, machine } = props;
  if (access.scope === 'admin') return <LiveNodes {...props} />;
  return (
    <>
      <div className="chart-area">
        <Statechart chart={chart} label={words.chartOf(words.machines[machine])} />
      </div>
      <section className="side" aria-label={words.machines[machine]}>
        <h2>{words.machines[machine]}</h2>
        <p>{chart.graph.description}</p>
        <p className="notice">{words.fleet.adminOnly}</p>
      </section>
    </>
  );
}

/** Where the picked node stands, or the only one; of several how many stand where. */
function LiveNodes({ chart, machine, nodeId }: NodeViewProps): ReactElement {
  const words = useWords(chartWords);
  const view = useFleet();
  const nodes = ('fleet' in view ? view.fleet?.nodes : undefined) ?? [];
  const only = nodes.length === 1 ? nodes[0] : undefined;
  const shown = nodeId === null ? only : nodes.find((node) => node.nodeId === nodeId);
  const name = words.machines[machine];
  return (
    <>
      <div className="chart-area">
        <Statechart
          chart={chart}
          label={shown === undefined ? words.chartOf(name) : words.chartOf(`${name}, ${shown.nodeId}`)}
          counts={nodeId === null && nodes.length > 1 ? countNodes(nodes, machine) : null}
          active={shown === undefined ? [] : activeOn(shown, machine)}
        />
        {view.status !== 'loading' && shown === undefined && nodeId !== null && (
          <p className="chart-note card">{words.fleet.gone}</p>
        )}
      </div>
      <section className="side" aria-label={name}>
        <h2>{name}</h2>
        <p>{chart.graph.description}</p>
        {shown !== undefined && <NodeFacts node={shown} machine={machine} />}
        <h2>{words.fleet.nodes(nodes.length)}</h2>
        {view.status === 'there' && nodes.length === 0 && <p className="quiet">{words.fleet.none}</p>}
        <ul className="nodes">
          {(nodes.length > 1 || nodeId !== null) && (
            <li>
              <a
                href={placeOf({ view: 'node', machine, nodeId: null })}
                aria-current={nodeId === null ? 'true' : undefined}
              >
                {words.fleet.everyNode}
              </a>
            </li>
          )}
          {nodes.map((node) => (
            <li key={node.nodeId}>
              <a
                href={placeOf({ view: 'node', machine, nodeId: node.nodeId })}
                aria-current={node === shown ? 'true' : undefined}
              >
                <span className="mono">{node.nodeId}</span>
                <strong className="mono">{node[machine] ?? '–'}</strong>
              </a>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

function NodeFacts({ node, machine }: { readonly node: FleetNode; readonly machine: NodeMachine }): ReactElement {
  const { facts, untold } = useWords(chartWords).fleet;
  const state = node[machine];
  return (
    <div className="present">
      <p className={state === null ? 'quiet' : 'here mono'} role="status">
        {state ?? untold}
      </p>
      <dl className="facts">
        {(
          [
            ['sessions', heldBy(node)],
            ['waiting', node.waiting],
            ['launching', node.launching],
            ['pressure', node.pressure],
          ] as const
        ).map(([name, value]) => (
          <div key={name}>
            <dt>{facts[name]}</dt>
            <dd className="mono">{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
