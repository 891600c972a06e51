import type { AnyStateMachine } from 'xstate';

import { breakerMachine } from '../machines/breaker.machine.ts';
import { messageMachine } from '../machines/message.machine.ts';
import { sessionMachine } from '../machines/session.machine.ts';
import { supervisorMachine } from '../machines/supervisor.machine.ts';

/** Every statechart of the project, by the name of its file. */
export const machines: Readonly<Record<string, AnyStateMachine>> = {
  breaker: breakerMachine,
  message: messageMachine,
  session: sessionMachine,
  supervisor: supervisorMachine,
};
