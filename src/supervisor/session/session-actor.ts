import { createActor, fromCallback, type Actor, type SnapshotFrom } from 'xstate';

import {
  sessionMachine,
  type SessionCommand,
  type SessionEvent,
  type SessionInput,
} from '../../../machines/session.machine.ts';
import type { Clock } from '../../domain/clock.ts';

export type SessionActor = Actor<typeof sessionMachine>;
export type SessionSnapshot = SnapshotFrom<typeof sessionMachine>;

/** One move of the machine: the event that led to it, and where it stands now. */
export interface Step {
  readonly event: string;
  readonly snapshot: SessionSnapshot;
}

/** Carries out the machine's commands and reports back to it. `connect` is called once, when the actor starts. */
export interface SessionCommandHandler {
  connect(send: (event: SessionEvent) => void): void;
  /** Must not throw: an error here would end the actor. */
  obey(command: SessionCommand): void;
}

interface SessionActorOptions {
  readonly input: SessionInput;
  readonly effects: SessionCommandHandler;
  readonly clock: Clock;
  readonly onStep: (step: Step) => void;
  /**
   * The machine itself failed: a bug. Its effects must then be ended from outside, since XState stops no children of such
   * an actor (xstate#5153).
   */
  readonly onError: (error: unknown) => void;
}

/** Creates and starts the actor of one session. Each move is told once, after it is complete, with what caused it. */
export function startSessionActor({ input, effects, clock, onStep, onError }: SessionActorOptions): SessionActor {
  let cause = 'init';
  const machine = sessionMachine.provide({
    actors: {
      effects: fromCallback<SessionCommand>(({ receive, sendBack }) => {
        effects.connect(sendBack);
        receive((command) => effects.obey(command));
      }),
    },
  });
  const actor = createActor(machine, {
    input,
    clock,
    inspect: (inspection) => {
      if (inspection.actorRef.sessionId !== inspection.rootId) return;
      if (inspection.type === '@xstate.microstep') {
        cause = nameOf(inspection.event.type) ?? cause;
        return;
      }
      if (inspection.type !== '@xstate.snapshot' || inspection.event.type === 'xstate.init') return;
      onStep({ event: cause, snapshot: actor.getSnapshot() });
    },
  });
  actor.subscribe({ error: onError });
  actor.start();
  return actor;
}

/** `xstate.after.launchTimeout.session…` is `after.launchTimeout` to people; XState's other own events name nothing. */
function nameOf(type: string): string | undefined {
  if (!type.startsWith('xstate.')) return type;
  const delay = /^xstate\.after\.([A-Za-z]+)\./.exec(type)?.[1];
  return delay === undefined ? undefined : `after.${delay}`;
}
