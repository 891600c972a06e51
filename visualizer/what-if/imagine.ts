import { initialTransition, transition, type AnyMachineSnapshot, type ExecutableActionObject } from 'xstate';

import { pathOf, snapshotAt } from '../../machines/state-path.ts';
import type { Graph } from '../../src/domain/machine-graph.ts';
import { graphOf } from '../graph.ts';
import { activeStates, stateIdOf, takenEdges } from '../statechart/steps.ts';
import type { Chosen, Imaginable, Knob } from './imaginable.ts';

/** One step of an imagined life. */
export interface ImaginedStep {
  readonly event: string;
  /** Innermost states, by their ids. */
  readonly from: string;
  readonly to: string;
  readonly edges: readonly string[];
  /** The commands and events that the machine sends, and the waits that it begins. */
  readonly asks: readonly string[];
}

export interface Imagined {
  readonly snapshot: AnyMachineSnapshot;
  readonly state: string;
  readonly steps: readonly ImaginedStep[];
}

export interface PossibleEvent {
  /** As a person says it: `browser.lost`, `after closeTimeout`. */
  readonly label: string;
  readonly name: string;
}

/** A life that begins at the machine's beginning. */
export function beginImagining({ machine, input }: Imaginable): Imagined {
  const [snapshot] = initialTransition(machine, input);
  return { snapshot, state: leafOf(snapshot, machine.id), steps: [] };
}

/** A life that goes on from a state of a real session: with a fresh memory, since the real one is not known. */
export function imagineFrom(imaginable: Imaginable, path: string): Imagined {
  const { machine } = imaginable;
  const { snapshot } = beginImagining(imaginable);
  const there = snapshotAt<unknown, AnyMachineSnapshot>(machine, path, snapshot);
  return { snapshot: there, state: stateIdOf(graphOf(machine), path), steps: [] };
}

/** The events that mean something where it stands, the innermost state's first. */
export function possibleEvents(graph: Graph, state: string): readonly PossibleEvent[] {
  const found = new Map<string, PossibleEvent>();
  for (const source of activeStates(graph, state).toReversed()) {
    for (const edge of graph.edges.filter((each) => each.source === source)) {
      if ('event' in edge) found.set(edge.event, { label: edge.event, name: edge.event });
      else if ('delay' in edge)
        found.set(`${edge.delay} ${source}`, {
          label: `after ${edge.delay}`,
          name: `xstate.after.${edge.delay}.${source}`,
        });
    }
  }
  return [...found.values()];
}

/** Where the event leads. */
export function imagineEvent(
  imaginable: Imaginable,
  graph: Graph,
  life: Imagined,
  { name, label }: PossibleEvent,
  chosen: Chosen,
): Imagined {
  const event = imaginable.build(name, chosen, life.snapshot.context);
  const [snapshot, actions] = transition(imaginable.machine, life.snapshot, event);
  const to = leafOf(snapshot, graph.id);
  const words = label.replace(/^after /, 'after.');
  // What a wait raises when it ends is an event of its own.
  const raised =
    words.startsWith('after.') && life.state !== to
      ? takenEdges(graph, { from: life.state, to, event: 'browser.lost' })
      : [];
  const taken = takenEdges(graph, { from: life.state, to, event: words });
  const step: ImaginedStep = {
    event: label,
    from: life.state,
    to,
    edges: taken.length > 0 ? taken : raised,
    asks: actions.flatMap(askOf),
  };
  return { snapshot, state: to, steps: [...life.steps, step] };
}

export function readKnob({ snapshot }: Imagined, { path }: Knob): number {
  const value = path.reduce<unknown>(
    (inside, key) => (typeof inside === 'object' && inside !== null ? Reflect.get(inside, key) : undefined),
    snapshot.context,
  );
  return typeof value === 'number' ? value : 0;
}

export function turnKnob(life: Imagined, { path }: Knob, value: number): Imagined {
  const snapshot: AnyMachineSnapshot = Object.assign({}, life.snapshot, {
    context: replaced(life.snapshot.context, path, value),
  });
  return { ...life, snapshot };
}

function replaced(inside: unknown, [key, ...rest]: readonly string[], value: number): unknown {
  if (key === undefined) return value;
  const held = typeof inside === 'object' && inside !== null ? inside : {};
  return { ...held, [key]: replaced(Reflect.get(held, key), rest, value) };
}

function leafOf(snapshot: AnyMachineSnapshot, machine: string): string {
  return `${machine}.${pathOf(snapshot.value)}`;
}

function askOf({ type, params }: ExecutableActionObject): readonly string[] {
  const given: unknown = params;
  if (typeof given !== 'object' || given === null) return [];
  const event: unknown = Reflect.get(given, 'event');
  const name: unknown = typeof event === 'object' && event !== null ? Reflect.get(event, 'type') : undefined;
  if (typeof name !== 'string') return [];
  const delay = /^xstate\.after\.([^.]+)\./.exec(name)?.[1];
  if (delay !== undefined) return [`wait ${delay}`];
  return type === 'xstate.sendTo' || type === 'xstate.emit' ? [name] : [];
}
