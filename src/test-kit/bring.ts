import type { SimulatedEvent } from '../domain/simulation.ts';
import { WaitTimeoutError } from '../client/session-handle.ts';
import type { SessionHandle } from '../client/session-handle.ts';
import type { Session, SessionIn, SessionState } from '../client/session-types.ts';

/** States in which a session can be left. */
export type BringableState = Exclude<SessionState, 'authenticating'>;

export interface BroughtSession {
  readonly session: SessionHandle;
  readonly play: (event: SimulatedEvent) => Promise<void>;
  /** Milliseconds since 1970, by the service's clock. */
  readonly now: () => number;
}

const PHONE = { event: 'scan', phoneNumber: '5215550001111', displayName: 'Ana' } as const;
const DEADLINE_MS = 15_000;
/** A hold that is shorter is waited out. */
const LONG_HOLD_MS = 1_000;

/** See `TestService.bring`. Rejects with a {@link WaitTimeoutError} when a step of it takes longer than 15 s. */
export async function bringTo<State extends BringableState>(
  state: State,
  { session, play, now }: BroughtSession,
): Promise<SessionIn<State>> {
  const reach = <To extends SessionState>(to: To | readonly To[]): Promise<SessionIn<To>> =>
    session.waitFor(to, { timeoutMs: DEADLINE_MS });
  const start = async (): Promise<SessionIn<'waiting_qr' | 'ready'>> => {
    const { state: found } = await session.ensure();
    await play({ event: 'network_up' });
    await play({ event: 'launch_failures', count: 0 });
    // Settled, so that no attempt of its own is taken for what was asked.
    if (found === 'failed') await session.restart({ wait: 15 });
    if (found === 'reconnecting') await session.reconnect({ wait: 15 });
    return reach(['waiting_qr', 'ready']);
  };
  const link = async (): Promise<Session> => {
    if ((await start()).state === 'waiting_qr') await play(PHONE);
    return reach('ready');
  };
  /**
   * The login is taken elsewhere each time the session has it, until it leaves that to a person. Where it holds back too
   * long in between, it is blocked instead: to hurry it would count as a person's word that it may go on.
   */
  const failForGood = async (): Promise<void> => {
    let last: Session | null = null;
    let takenAt: string | null = null;
    let how: 'conflict' | 'block' = 'conflict';
    for await (const event of session.events({
      types: ['session.snapshot'],
      signal: AbortSignal.timeout(DEADLINE_MS),
    })) {
      if (event.type !== 'session.snapshot') continue;
      last = event.session;
      if (last.value === 'failed.parked') return;
      if (last.state === 'ready' && last.since !== takenAt) {
        takenAt = last.since;
        await play({ event: how });
      } else if (
        last.value === 'reconnecting.backoff' &&
        Date.parse(last.reconnect.nextAttemptAt ?? '') - now() > LONG_HOLD_MS
      ) {
        how = 'block';
        await session.reconnect();
      }
    }
    throw new WaitTimeoutError(session.id, ['failed'], DEADLINE_MS, last);
  };
  const steps: Readonly<Record<BringableState, () => Promise<unknown>>> = {
    waiting_qr: async () => {
      if ((await start()).state === 'ready') await session.logout({ wait: 15 });
      await start();
    },
    ready: link,
    disconnected: async () => {
      await session.ensure({ start: false });
      await session.stop({ wait: 15 });
    },
    reconnecting: async () => {
      await link();
      await play({ event: 'network_down' });
      await play({ event: 'browser_crash' });
    },
    failed: async () => {
      await link();
      await failForGood();
    },
  };
  await steps[state]();
  return reach(state);
}
