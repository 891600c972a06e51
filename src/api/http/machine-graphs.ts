import { readdirSync, readFileSync } from 'node:fs';

import { z } from 'zod';

const named = z.looseObject({ type: z.string() });

/** The fields of a graph that its readers may rely on; it has more. */
export const graphSchema = z.looseObject({
  id: z.string(),
  description: z.string(),
  nodes: z.array(
    z.looseObject({
      id: z.string(),
      key: z.string(),
      parent: z.string().nullable(),
      type: z.string(),
      description: z.string(),
    }),
  ),
  edges: z.array(
    z.looseObject({
      id: z.string(),
      source: z.string(),
      target: z.string().nullable(),
      description: z.string(),
      guard: named.nullable(),
      actions: z.array(named),
    }),
  ),
});

/** A statechart as `npm run machines:export` writes it. */
export type MachineGraph = z.infer<typeof graphSchema>;

/**
 * Reads the exported statecharts, by name. A test holds the exports against the machines, so that the service itself
 * need not know how to draw one.
 */
export function readMachineGraphs(directory: URL): ReadonlyMap<string, MachineGraph> {
  const files = readdirSync(directory).filter((file) => file.endsWith('.json'));
  return new Map(
    files.map((file) => [
      file.slice(0, -'.json'.length),
      graphSchema.parse(JSON.parse(readFileSync(new URL(file, directory), 'utf8'))),
    ]),
  );
}
