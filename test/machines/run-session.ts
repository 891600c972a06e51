import { createActor, fromCallback, SimulatedClock, type AnyTransitionDefinition, type SnapshotFrom } from 'xstate';

import {
  sessionMachine,
  type SessionCommand,
  type SessionContext,
  type SessionInput,
  type SessionLimits,
} from '../../machines/session.machine.ts';
import { pathOf as pathOfValue } from '../../machines/state-path.ts';
import { ACCOUNT, QR } from './session-events.ts';

export type SessionSnapshot = SnapshotFrom<typeof sessionMachine>;

/** All different, so that no two deadlines can be taken for each other. */
export const LIMITS: SessionLimits = {
  launchTimeoutMs: 60_000,
  syncTimeoutMs: 120_000,
  qrWindowMs: 300_000,
  closeTimeoutMs: 15_000,
  unlinkTimeoutMs: 10_000,
  reachTimeoutMs: 25_000,
  eraseTimeoutMs: 20_000,
  verdictTimeoutMs: 5_000,
  stableAfterMs: 301_000,
  reconnectBaseMs: 1_000,
  reconnectMaxMs: 64_000,
  reconnectMaxAttempts: 5,
  conflictHoldMs: 30_000,
  missedProbes: 3,
};

export function inputWith(limits: Partial<SessionLimits> = {}): SessionInput {
  return {
    limits: { ...LIMITS, ...limits },
    seed: 7,
    pairWith: null,
    account: null,
    boundTo: null,
    restarts: 0,
    credentials: 'volatile',
  };
}

/** The length of a wait that the machine knows by name, such as `closeTimeout`. */
export function delayMs(name: string, { limits, retryDelayMs }: SessionContext): number {
  if (name === 'retryDelay') return retryDelayMs;
  const limit = new Map<string, number>(Object.entries(limits)).get(`${name}Ms`);
  if (limit === undefined) throw new TypeError(`no limit bears the name of the wait ${name}`);
  return limit;
}

/** The commands of each running machine, by its actor system. */
const commandsOf = new WeakMap<object, SessionCommand[]>();

/** The machine with effects that record each command and carry out none. */
export const recordingMachine = sessionMachine.provide({
  actors: {
    effects: fromCallback<SessionCommand>(({ receive, system }) => {
      receive((command) => commandsOf.get(system)?.push(command));
    }),
  },
});

/** A real actor on a clock that only moves by hand. Stop `actor` when done. */
export function runSession(input: SessionInput = inputWith()) {
  const commands: SessionCommand[] = [];
  const taken = new Set<AnyTransitionDefinition>();
  const clock = new SimulatedClock();
  const errors: unknown[] = [];
  const actor = createActor(recordingMachine, {
    input,
    clock,
    inspect: (inspection) => {
      if (inspection.type === '@xstate.microstep')
        for (const transition of inspection._transitions) taken.add(transition);
    },
  });
  commandsOf.set(actor.system, commands);
  actor.subscribe({ error: (error) => errors.push(error) });
  actor.start();
  return { actor, clock, commands, taken, errors };
}

/** `disconnected.closing`: the state's path, as the interface shows it. */
export function pathOf(snapshot: SessionSnapshot): string {
  return pathOfValue(snapshot.value);
}

/** A session that is ready on browser 1. */
export function runReady() {
  const run = runSession();
  run.actor.send({ type: 'session.start' });
  run.actor.send({ type: 'launch.granted' });
  run.actor.send({ type: 'browser.ready', browser: 1, account: ACCOUNT });
  run.commands.length = 0;
  return { ...run, now: () => pathOf(run.actor.getSnapshot()) };
}

/** A session whose code was scanned. */
export function runScanned() {
  const run = runSession();
  run.actor.send({ type: 'session.start' });
  run.actor.send({ type: 'launch.granted' });
  run.actor.send({ type: 'browser.qr', browser: 1, qr: QR });
  run.actor.send({ type: 'browser.scanned', browser: 1 });
  return { ...run, now: () => pathOf(run.actor.getSnapshot()) };
}
