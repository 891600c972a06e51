import { DeadlineError, NotReadyError, RateLimitedError } from '../domain/errors.ts';
import { sessionKey, type Session } from '../domain/session.ts';
import type { CallChannel } from '../store/call-channel.ts';
import type { DeviceCalls } from '../whatsapp/device-calls.ts';
import type { RemoteCallName } from './ready-devices.ts';

/** After a transfer was refused because others are under way (ms). */
const BUSY_MS = 5_000;

/** What an API process can ask of the devices of the fleet, wherever they are. */
export class RemoteDevices {
  readonly #channel: Pick<CallChannel, 'ask'>;

  constructor(channel: Pick<CallChannel, 'ask'>) {
    this.#channel = channel;
  }

  /**
   * Asks the device of a session. Throws {@link NotReadyError} where none is ready, {@link RateLimitedError} where too
   * much media is under way, {@link DeadlineError} where no answer came in `ms` milliseconds or the page gave none.
   */
  async call<Name extends RemoteCallName>(
    session: Pick<Session, 'userId' | 'id' | 'state' | 'nodeId' | 'epoch'>,
    name: Name,
    request: DeviceCalls[Name]['request'],
    ms: number,
  ): Promise<DeviceCalls[Name]['result']> {
    const { state, nodeId, epoch } = session;
    if (state !== 'ready' || nodeId === null) throw new NotReadyError(state);
    const call = { key: sessionKey(session), epoch, name, request, ms };
    const answer = await this.#channel.ask(nodeId, call, AbortSignal.timeout(ms));
    switch (answer?.kind) {
      case 'result':
        // Both ends are of the same service: the name says which result it is.
        return answer.result as DeviceCalls[Name]['result'];
      case 'not_here':
        throw new NotReadyError('reconnecting');
      case 'busy':
        throw new RateLimitedError('Too many transfers of media are under way.', BUSY_MS);
      case 'failed':
      case undefined:
        throw new DeadlineError('The answer of the page', ms);
    }
  }
}
