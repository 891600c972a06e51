import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';

/** The state and all below it, in the order of the document. */
export function statesBelow(state: AnyStateNode): readonly AnyStateNode[] {
  return [state, ...Object.values(state.states).flatMap(statesBelow)];
}

/** Every transition there is: each branch of each event, each deadline, each `always`. */
export function transitionsOf(machine: AnyStateMachine): readonly AnyTransitionDefinition[] {
  return statesBelow(machine.root).flatMap(({ transitions, always = [] }) => [...transitions.values(), always].flat());
}

function guardOf(transition: AnyTransitionDefinition): string | null {
  const { guard } = transition;
  if (guard === undefined) return null;
  if (typeof guard === 'string') return guard;
  return typeof guard === 'function' ? guard.name : guard.type;
}

/** What a person would call it: `session.ready, session.logout -> session.disconnected.logging_out.unlinking`. */
export function nameOf(transition: AnyTransitionDefinition): string {
  const guard = guardOf(transition);
  const target = transition.target?.map(({ id }) => id).join(' ') ?? 'stays';
  return `${transition.source.id}, ${transition.eventType || 'always'}${guard === null ? '' : ` [${guard}]`} -> ${target}`;
}

/** Names of the transitions of `machine` that are not in `taken`. */
export function untaken(machine: AnyStateMachine, taken: ReadonlySet<AnyTransitionDefinition>): readonly string[] {
  return transitionsOf(machine)
    .filter((transition) => !taken.has(transition))
    .map(nameOf);
}
