import { graphOf } from './graph.ts';
import { machines } from './machines.ts';
import { mermaidOf, overviewOf } from './mermaid.ts';
import { placeChart } from './statechart/layout/place-chart.ts';
import { placedSource } from './statechart/layout/placed-source.ts';

/**
 * What `machines/` shows of each statechart besides its source, by file name: its graph, its chart, and a smaller chart
 * where states lie in states.
 */
export function exportedFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const [name, machine] of Object.entries(machines)) {
    const graph = graphOf(machine);
    files.set(`${name}.json`, `${JSON.stringify(graph, null, 2)}\n`);
    files.set(`${name}.mmd`, mermaidOf(graph));
    const isNested = graph.nodes.some(({ type, parent }) => type === 'compound' && parent === graph.id);
    if (isNested) files.set(`${name}.overview.mmd`, overviewOf(graph));
  }
  return files;
}

/** What `visualizer/statechart/placed/` holds: each statechart with a place for everything in it, by file name. */
export async function placedFiles(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const [name, machine] of Object.entries(machines))
    files.set(`${name}.generated.ts`, placedSource(name, await placeChart(graphOf(machine))));
  return files;
}
