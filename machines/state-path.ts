import type { StateValue } from 'xstate';

/**
 * `{reconnecting: {attempting: 'launching'}}` as `reconnecting.attempting.launching`. Throws a `TypeError` on a value
 * that no state has.
 */
export function pathOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) throw new TypeError('a state value is a string or an object');
  return Object.entries(value)
    .map(([key, inner]) => `${key}.${pathOf(inner)}`)
    .join(',');
}

/** The inverse of {@link pathOf}, for machines without parallel states. */
export function valueAt(path: string): StateValue {
  return (
    path.split('.').reduceRight<StateValue | null>((inner, key) => (inner === null ? key : { [key]: inner }), null) ??
    ''
  );
}

interface Machine<Context, Snapshot> {
  resolveState(config: { readonly value: StateValue; readonly context: Context }): Snapshot;
}

/**
 * A snapshot in any state, without a way there. Its children are those of `initial`: XState resolves a state without
 * them, and then fails at the first transition that sends one of them an event.
 * @param path as {@link pathOf} writes it. XState throws when the machine has no such state.
 * @defaultValue context is that of `initial`
 */
export function snapshotAt<Context, Snapshot extends { readonly context: Context; readonly children: object }>(
  machine: Machine<Context, Snapshot>,
  path: string,
  initial: Snapshot,
  context: Context = initial.context,
): Snapshot {
  return Object.assign(machine.resolveState({ value: valueAt(path), context }), { children: initial.children });
}
