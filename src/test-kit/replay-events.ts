import { causes, type Cause, type SessionContext, type SessionEvent } from '../../machines/session.machine.ts';

/** Everything that `transition` takes: XState's own word for the end of a wait included. */
export type ReplayEvent = SessionEvent | { readonly type: `xstate.after.${string}` };

const FAULT = { code: 'REPLAYED', message: 'Not recorded.' };
const ACCOUNT = { phoneNumber: '5215550001111', displayName: null };
const CODE = { code: 'replayed', issuedAt: '2026-01-01T00:00:00.000Z', expiresAt: '2026-01-01T00:00:20.000Z' };

/**
 * What an event of a history may have been: history keeps its name and not what it carried, so that a loss may have had
 * any cause. The names of the waits come with the states that have them (`delays`, by name).
 */
export function eventsNamed(
  name: string,
  { browser, closing }: SessionContext,
  delays: ReadonlyMap<string, readonly string[]>,
): readonly ReplayEvent[] {
  const wait = /^after\.(.+)$/.exec(name)?.[1];
  if (wait !== undefined)
    return (delays.get(wait) ?? []).map((state) => ({ type: `xstate.after.${wait}.${state}` as const }));
  switch (name) {
    case 'browser.lost':
      return causesOf().map((cause) => ({ type: name, browser, cause, fault: FAULT }));
    case 'probe.missed':
      return [{ type: name, browser, cause: 'page_unresponsive', fault: FAULT }];
    case 'browser.closed':
      return [{ type: name, browser: closing }];
    case 'browser.ready':
      return [{ type: name, browser, account: ACCOUNT }];
    case 'browser.qr':
      return [{ type: name, browser, qr: { ...CODE, seq: 1 } }];
    case 'browser.pairing_code':
      return [{ type: name, browser, pairingCode: { ...CODE, phoneNumber: ACCOUNT.phoneNumber } }];
    case 'browser.fault':
    case 'browser.unlink_failed':
      return [{ type: name, browser, fault: FAULT }];
    case 'browser.authenticated':
    case 'browser.unlinked':
    case 'probe.answered':
      return [{ type: name, browser }];
    case 'session.pair':
      return [{ type: name, phoneNumber: ACCOUNT.phoneNumber }];
    case 'supervisor.restart':
      return [{ type: name, delayMs: 0 }];
    case 'session.start':
    case 'session.stop':
    case 'session.restart':
    case 'session.reconnect':
    case 'session.logout':
    case 'session.evict':
    case 'session.renew':
    case 'node.drain':
    case 'launch.granted':
    case 'supervisor.park':
    case 'profile.erased':
      return [{ type: name }];
    default:
      return [];
  }
}

function causesOf(): readonly Cause[] {
  return Object.keys(causes).filter((cause): cause is Cause => cause in causes);
}
