import type { AnyStateMachine, EventObject } from 'xstate';

/** A number that guards ask for, which may be turned while imagining. */
export interface Knob {
  readonly name: string;
  readonly most: number;
  /** Where it is in the machine's context. */
  readonly path: readonly string[];
}

/** What an event carries and may be chosen; the first choice is the usual one. */
export interface Field {
  readonly name: string;
  readonly choices: readonly string[];
}

export type Chosen = Readonly<Record<string, string>>;

/** What must be known of a machine to imagine its life: nothing is run, no timer goes, no browser comes up. */
export interface Imaginable {
  readonly machine: AnyStateMachine;
  readonly input: unknown;
  readonly knobs: readonly Knob[];
  fieldsOf(event: string): readonly Field[];
  /** The event with what it carries. Names that are not this machine's become an event of that name with nothing. */
  build(event: string, chosen: Chosen, context: unknown): EventObject;
}
