import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { AnyStateNode } from 'xstate';
import { describe, expect, it } from 'vitest';

import { sessionMachine } from '../../machines/session.machine.ts';
import { machines } from '../../visualizer/machines.ts';
import { nameOf, statesBelow, transitionsOf } from './transitions.ts';

const FOLDER = join(import.meta.dirname, '../../machines');
const sources = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.machine.ts'))
  .map((file) => ({ file, source: readFileSync(join(FOLDER, file), 'utf8') }));

/** Paths to functions, which JSON loses: it writes null for one in a list, and drops one in an object. */
function unnamed(value: unknown, path = ''): readonly string[] {
  if (typeof value === 'function') return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => unnamed(child, `${path}.${key}`));
}

const lineOf = (state: AnyStateNode): readonly AnyStateNode[] => [
  state,
  ...(state.parent === undefined ? [] : lineOf(state.parent)),
];
const tagsOf = (state: AnyStateNode): readonly string[] => lineOf(state).flatMap(({ tags }) => tags);

describe.each(sources)('$file', ({ source }) => {
  it('imports nothing but xstate', () => {
    const imported = source.matchAll(/\bfrom\s+'([^']+)'|\b(?:import|require)\(?\s*'([^']+)'/g);
    expect([...imported].map(([, from, bare]) => from ?? bare)).toEqual(['xstate']);
  });

  it('makes one machine, as Stately’s tools find it', () => {
    expect(source.match(/\bsetup\(\{/g)).toHaveLength(1);
    expect(source.match(/\}\)\.createMachine\(\{/g)).toHaveLength(1);
  });
});

it('no machine is left out', () => {
  expect(
    Object.keys(machines)
      .map((name) => `${name}.machine.ts`)
      .toSorted(),
  ).toEqual(sources.map(({ file }) => file).toSorted());
});

describe.each(Object.entries(machines))('the machine of the %s', (name, machine) => {
  it('bears its own name', () => {
    expect(machine.id).toBe(name);
  });

  it('names all it does, so that its JSON is whole', () => {
    expect(unnamed(machine.config)).toEqual(['.context']);
    expect(JSON.stringify(machine.config)).not.toMatch(/\bnull\b/);
  });

  it('implements each guard, action, delay and actor that it names', () => {
    const { guards, actions, delays, actors } = machine.implementations;
    const known = new Set([guards, actions, delays, actors].flatMap((each) => Object.keys(each)));
    const named = [...JSON.stringify(machine.config).matchAll(/"(?:guard|src)":"([^"]+)"/g)].map(([, word]) => word);
    const states = statesBelow(machine.root);
    const acts = states
      .flatMap(({ entry, exit }) => entry.concat(exit))
      .concat(transitionsOf(machine).flatMap(({ actions: its }) => its));
    const waits = states.flatMap(({ after }) => after.map(({ delay }) => delay));
    // Functions here are XState's own: they start and cancel the deadlines. The machine's configuration has none, as
    // shown above.
    const done = acts
      .filter((act) => typeof act !== 'function')
      .map((act) => (typeof act === 'string' ? act : act.type));
    expect([...named, ...waits, ...done].filter((word) => typeof word !== 'string' || !known.has(word))).toEqual([]);
  });

  it('describes each state', () => {
    expect(
      statesBelow(machine.root)
        .filter(({ description }) => !description)
        .map(({ id }) => id),
    ).toEqual([]);
  });

  it('says so of each transition that only shadows one of a state around it, and of no other', () => {
    const transitions = transitionsOf(machine);
    const doesNothing = ({ target, actions, guard }: (typeof transitions)[number]) =>
      target === undefined && actions.length === 0 && guard === undefined;
    const shadows = (transition: (typeof transitions)[number]) =>
      doesNothing(transition) &&
      lineOf(transition.source)
        .slice(1)
        .some(({ transitions: around }) => around.has(String(transition.eventType)));
    const says = ({ description }: (typeof transitions)[number]) => description?.startsWith('Shadows ') === true;
    expect(transitions.filter(says).map(nameOf)).toEqual(transitions.filter(shadows).map(nameOf));
  });

  it('describes each transition', () => {
    expect(
      transitionsOf(machine)
        .filter(({ description }) => !description)
        .map(nameOf),
    ).toEqual([]);
  });
});

describe('the states of a session', () => {
  const states = statesBelow(sessionMachine.root);
  const leaves = states.filter(({ type }) => type === 'atomic');
  const ids = (some: readonly AnyStateNode[]) => some.map(({ path }) => path.join('.'));

  it('are six at the top, as the interface names them', () => {
    expect(Object.keys(sessionMachine.root.states).toSorted()).toEqual([
      'authenticating',
      'disconnected',
      'failed',
      'ready',
      'reconnecting',
      'waiting_qr',
    ]);
  });

  it('each tell a client something', () => {
    expect(ids(leaves.filter((leaf) => tagsOf(leaf).length === 0))).toEqual([]);
  });

  it('are either busy or settled', () => {
    expect(ids(leaves.filter((leaf) => tagsOf(leaf).includes('busy') === tagsOf(leaf).includes('settled')))).toEqual(
      [],
    );
  });

  it('are at rest only when they have settled', () => {
    expect(ids(leaves.filter((leaf) => tagsOf(leaf).includes('at_rest') && !tagsOf(leaf).includes('settled')))).toEqual(
      [],
    );
  });

  it('each have a deadline while they are busy, but those that wait for a launch slot', () => {
    const ends = (state: AnyStateNode) => state.after.length > 0 || (state.always ?? []).length > 0;
    const endless = leaves.filter((leaf) => tagsOf(leaf).includes('busy') && !lineOf(leaf).some(ends));
    expect(ids(endless)).toEqual(['disconnected.queued', 'reconnecting.queued']);
    for (const state of endless) expect(state.transitions.has('launch.granted')).toBe(true);
  });
});
