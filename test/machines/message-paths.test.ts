import type { AnyTransitionDefinition } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { describe, expect, it } from 'vitest';

import { messageMachine, type MessageEvent, type MessageInput } from '../../machines/message.machine.ts';
import { MESSAGE_EVENTS } from './message-events.ts';
import { runMessage } from './run-message.ts';
import { untaken } from './transitions.ts';

describe('the paths of a message', () => {
  it('take each transition there is', () => {
    const taken = new Set<AnyTransitionDefinition>();
    for (const onUnknown of ['hold', 'resend'] satisfies MessageInput['onUnknown'][]) {
      const paths = getShortestPaths(messageMachine, {
        input: { onUnknown },
        events: MESSAGE_EVENTS,
        // The number of hand-overs decides nothing.
        serializeState: ({ value, context: { ack, repeated } }) => JSON.stringify([value, ack, repeated]),
        limit: 10_000,
      });
      for (const { steps } of paths) {
        const way: readonly MessageEvent[] = steps.slice(1).map(({ event }) => event);
        for (const last of MESSAGE_EVENTS) {
          const run = runMessage({ onUnknown });
          for (const event of [...way, last]) run.actor.send(event);
          expect(run.errors).toEqual([]);
          run.actor.stop();
          for (const transition of run.taken) taken.add(transition);
        }
      }
    }
    expect(untaken(messageMachine, taken)).toEqual([]);
  });
});
