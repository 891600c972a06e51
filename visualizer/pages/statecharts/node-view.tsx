import { useEffect, useState, type ReactElement } from 'react';

import type { PlacedChart } from '../../statechart/placed-chart.ts';
import { useWords } from '../shared/language.tsx';
import { useSignedIn } from '../shared/signed-in.tsx';
import { readNodes, type NodeStanding } from './node-standing.ts';
import { Statechart } from './statechart.tsx';
import { chartWords } from './words/index.ts';

const ASK_EVERY_MS = 2_000;

interface NodeViewProps {
  readonly chart: PlacedChart;
  readonly machine: 'breaker' | 'supervisor';
}

/** A machine of which each node has one: how many nodes stand where. For an admin, who alone may see the fleet. */
export function NodeView({ chart, machine }: NodeViewProps): ReactElement {
  const words = useWords(chartWords);
  const { access } = useSignedIn();
  const nodes = useNodes();
  const counts = new Map<string, number>();
  // Of the supervisor the service tells nothing but that its node is heard of.
  if (machine === 'breaker') for (const { breaker } of nodes) counts.set(`breaker.${breaker}`, (counts.get(`breaker.${breaker}`) ?? 0) + 1);
  const isAdmin = access.scope === 'admin';
  const only = nodes.length === 1 && machine === 'breaker' ? nodes[0] : undefined;
  return (
    <>
      <div className="chart-area">
        <Statechart
          chart={chart}
          label={words.chartOf(words.machines[machine])}
          counts={isAdmin && machine === 'breaker' ? counts : null}
          active={only === undefined ? [] : ['breaker', `breaker.${only.breaker}`]}
        />
      </div>
      <section className="side" aria-label={words.machines[machine]}>
        <h2>{words.machines[machine]}</h2>
        <p>{chart.graph.description}</p>
        {!isAdmin && <p className="notice">{words.fleet.adminOnly}</p>}
        {isAdmin && machine === 'supervisor' && <p className="quiet">{words.fleet.supervisorHint}</p>}
        {isAdmin && <h2>{words.fleet.nodes(nodes.length)}</h2>}
        <ul className="totals">
          {nodes.map(({ nodeId, breaker, waiting, launching, held }) => (
            <li key={nodeId}>
              <span className="mono">{nodeId}</span>
              <strong className="mono">{machine === 'breaker' ? breaker : `${held} · ${waiting} · ${launching}`}</strong>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

function useNodes(): readonly NodeStanding[] {
  const { client, access } = useSignedIn();
  const [nodes, setNodes] = useState<readonly NodeStanding[]>([]);
  useEffect(() => {
    if (access.scope !== 'admin') return;
    const leaving = new AbortController();
    const ask = async (): Promise<void> => {
      try {
        const answer = await client.request('/api/fleet', { signal: leaving.signal });
        setNodes(readNodes(await answer.json()));
      } catch {
        // The next time, perhaps: the banner says when the service is away.
      }
    };
    void ask();
    const timer = setInterval(() => void ask(), ASK_EVERY_MS);
    return () => {
      leaving.abort();
      clearInterval(timer);
    };
  }, [client, access]);
  return nodes;
}
