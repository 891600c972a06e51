import { expect, it } from 'vitest';

import { breakerMachine } from '../../machines/breaker.machine.ts';
import { supervisorMachine } from '../../machines/supervisor.machine.ts';
import { BREAKER_STATES, SUPERVISOR_STATES } from '../../src/domain/node-states.ts';

it('the states that the service tells of a node’s machines are those of the machines, all of them', () => {
  expect(Object.keys(supervisorMachine.states)).toEqual([...SUPERVISOR_STATES]);
  expect(Object.keys(breakerMachine.states)).toEqual([...BREAKER_STATES]);
});
