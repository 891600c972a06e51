import { createActor, type AnyTransitionDefinition } from 'xstate';

import { messageMachine, type MessageInput } from '../../machines/message.machine.ts';

/** A real message's actor, and each transition that it has taken. Stop `actor` when done. */
export function runMessage(input: Partial<MessageInput> = {}) {
  const taken = new Set<AnyTransitionDefinition>();
  const errors: unknown[] = [];
  const actor = createActor(messageMachine, {
    input: { onUnknown: 'hold', ...input },
    inspect: (inspection) => {
      if (inspection.type === '@xstate.microstep')
        for (const transition of inspection._transitions) taken.add(transition);
    },
  });
  actor.subscribe({ error: (error) => errors.push(error) });
  actor.start();
  /** `sending` of `{sending: 'handing_over'}`. */
  const status = (): string => {
    const { value } = actor.getSnapshot();
    return typeof value === 'string' ? value : 'sending';
  };
  return { actor, taken, errors, status };
}
