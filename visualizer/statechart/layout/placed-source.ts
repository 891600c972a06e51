import type { PlacedChart } from '../placed-chart.ts';

/**
 * A placed chart as a source file, which the pages import: the browser needs no layout engine, and the compiler checks
 * every field.
 */
export function placedSource(name: string, chart: PlacedChart): string {
  const { graph, width, height, states, starts, routes } = chart;
  return [
    '// Made by `npm run machines:export` from the machine of this name. Not to be edited.',
    "import type { PlacedChart } from '../placed-chart.ts';",
    '',
    `export const ${name}Chart: PlacedChart = {`,
    `  graph: {`,
    `    id: ${JSON.stringify(graph.id)},`,
    `    description: ${JSON.stringify(graph.description)},`,
    ...listOf('    nodes', graph.nodes),
    ...listOf('    edges', graph.edges),
    `  },`,
    `  width: ${width},`,
    `  height: ${height},`,
    ...listOf('  states', states),
    ...listOf('  starts', starts),
    ...listOf('  routes', routes),
    '};',
    '',
  ].join('\n');
}

/** One item a line, so that a change of one state is a change of few lines. */
function listOf(label: string, items: readonly unknown[]): readonly string[] {
  const indent = /^ */.exec(label)?.[0] ?? '';
  return [`${label}: [`, ...items.map((item) => `${indent}  ${JSON.stringify(item)},`), `${indent}],`];
}
