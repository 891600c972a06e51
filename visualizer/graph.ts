import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';

import type { Graph, GraphEdge, GraphNode, Named } from '../src/domain/machine-graph.ts';

/** The part of an edge that tells one kind from the others. */
type Trigger = { readonly event: string } | { readonly delay: string } | { readonly always: true };

/** Reads a machine without running it. Throws a `TypeError` on what has no name, or an edge with several targets. */
export function graphOf(machine: AnyStateMachine): Graph {
  const states = statesBelow(machine.root);
  return {
    id: machine.id,
    description: machine.root.description ?? '',
    nodes: states.map(nodeOf),
    edges: states.flatMap(edgesOf),
  };
}

/** The states that `node` is in, from the root down to itself. */
export function pathTo(graph: Graph, id: string): readonly GraphNode[] {
  const node = graph.nodes.find((other) => other.id === id);
  if (node === undefined) throw new TypeError(`the statechart ${graph.id} has no state ${id}`);
  return node.parent === null ? [node] : [...pathTo(graph, node.parent), node];
}

function statesBelow(state: AnyStateNode): readonly AnyStateNode[] {
  return [state, ...Object.values(state.states).flatMap(statesBelow)];
}

function nodeOf(state: AnyStateNode): GraphNode {
  return {
    id: state.id,
    key: state.key,
    parent: state.parent?.id ?? null,
    type: state.type,
    ...(state.type === 'compound' && { initial: oneTarget(state.initial) ?? '' }),
    description: state.description ?? '',
    tags: state.tags,
    // Not `state.entry`: XState has put its timers in there.
    entry: namesOf(state.config.entry),
    exit: namesOf(state.config.exit),
    invoke: state.invoke.map(({ src }) => nameOf(src).type),
  };
}

function edgesOf(state: AnyStateNode): readonly GraphEdge[] {
  const delays = new Map(state.after.map(({ eventType, delay }) => [String(eventType), String(delay)]));
  const triggered = [...state.transitions.entries()].flatMap(([event, branches]) => {
    const delay = delays.get(event);
    const trigger = delay === undefined ? { event } : { delay };
    return branches.map((branch, index) =>
      edgeOf(branch, trigger, `${state.id}:${delay === undefined ? event : `after ${delay}`}`, index),
    );
  });
  return triggered.concat(
    (state.always ?? []).map((branch, index) => edgeOf(branch, { always: true }, `${state.id}:always`, index)),
  );
}

function edgeOf(branch: AnyTransitionDefinition, trigger: Trigger, name: string, index: number): GraphEdge {
  const { source, guard, actions, description, reenter } = branch;
  const target = oneTarget(branch);
  const isBelow = target?.startsWith(`${source.id}.`) ?? true;
  return {
    id: `${name}:${index}`,
    source: source.id,
    target,
    ...trigger,
    guard: guard === undefined ? null : nameOf(guard),
    actions: namesOf(actions),
    description: description ?? '',
    internal: isBelow && !reenter,
  };
}

function oneTarget({ target, source }: Pick<AnyTransitionDefinition, 'target' | 'source'>): string | null {
  if (target !== undefined && target.length > 1)
    throw new TypeError(`a transition of ${source.id} has several targets`);
  return target?.[0]?.id ?? null;
}

function namesOf(given: unknown): readonly Named[] {
  if (given === undefined) return [];
  return Array.isArray(given) ? given.map(nameOf) : [nameOf(given)];
}

/** XState takes a name, or a name with parameters; a function in place of either would say nothing in a picture. */
function nameOf(given: unknown): Named {
  if (typeof given === 'string') return { type: given };
  if (typeof given !== 'object' || given === null || !('type' in given) || typeof given.type !== 'string') {
    throw new TypeError('an action, a guard or an actor has no name');
  }
  if (!('params' in given) || typeof given.params !== 'object' || given.params === null) return { type: given.type };
  return { type: given.type, params: { ...given.params } };
}
