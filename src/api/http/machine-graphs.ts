import { readdirSync, readFileSync } from 'node:fs';

import { graphSchema, type Graph } from '../../domain/machine-graph.ts';

/**
 * Reads the exported statecharts, by name, as `npm run machines:export` writes them. A test holds the exports against
 * the machines, so that the service itself need not know how to draw one.
 */
export function readMachineGraphs(directory: URL): ReadonlyMap<string, Graph> {
  const files = readdirSync(directory).filter((file) => file.endsWith('.json'));
  return new Map(
    files.map((file) => [
      file.slice(0, -'.json'.length),
      graphSchema.parse(JSON.parse(readFileSync(new URL(file, directory), 'utf8'))),
    ]),
  );
}
