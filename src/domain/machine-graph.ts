import { z } from 'zod';

/** Something a machine names, with what is fixed about it: an action, a guard. */
const named = z.strictObject({ type: z.string(), params: z.record(z.string(), z.unknown()).exactOptional() });
export type Named = Readonly<z.infer<typeof named>>;

const node = z.strictObject({
  /** XState's own id, such as `session.ready.online`. */
  id: z.string(),
  key: z.string(),
  parent: z.string().nullable(),
  type: z.enum(['atomic', 'compound', 'parallel', 'final', 'history']),
  /** Id of the child in which it begins. Only of compound states. */
  initial: z.string().exactOptional(),
  description: z.string(),
  tags: z.array(z.string()).readonly(),
  entry: z.array(named).readonly(),
  exit: z.array(named).readonly(),
  /** Names of the actors that live as long as the state is active. */
  invoke: z.array(z.string()).readonly(),
});
export type GraphNode = Readonly<z.infer<typeof node>>;

const edge = z.strictObject({
  /** Source, event and place among the branches of that event. The same as long as the machine is. */
  id: z.string(),
  source: z.string(),
  /** `null` when it changes no state. */
  target: z.string().nullable(),
  guard: named.nullable(),
  actions: z.array(named).readonly(),
  description: z.string(),
  /** The source stays active: nothing of it is left, nor entered anew. */
  internal: z.boolean(),
});
/** What sets an edge off: an event, the end of a wait (by the name of its delay), or nothing but its guard. */
const triggered = z.union([
  edge.extend({ event: z.string() }),
  edge.extend({ delay: z.string() }),
  edge.extend({ always: z.literal(true) }),
]);
export type GraphEdge = Readonly<z.infer<typeof triggered>>;

/** A statechart as plain data: what the visualizer draws and the interface serves. */
export const graphSchema = z.strictObject({
  id: z.string(),
  description: z.string(),
  nodes: z.array(node).readonly(),
  edges: z.array(triggered).readonly(),
});
export type Graph = Readonly<z.infer<typeof graphSchema>>;
