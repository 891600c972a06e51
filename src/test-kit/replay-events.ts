import { causes, type Cause, type SessionContext, type SessionEvent } from '../../machines/session.machine.ts';

/** Everything that `transition` takes: XState's own word for the end of a wait included. */
export type ReplayEvent = SessionEvent | { readonly type: `xstate.after.${string}` };

const FAULT = { code: 'REPLAYED', message: 'Not recorded.' };
const ACCOUNT = { phoneNumber: '5215550001111', displayName: null };
const CODE = { code: 'replayed', issuedAt: '2026-01-01T00:00:00.000Z', expiresAt: '2026-01-01T00:00:20.000Z' };

/** What an event carried that history does not keep is taken from the moment in which it is replayed. */
type Moment = Pick<SessionContext, 'browser' | 'closing'>;

/** All that an event of each name may have been. */
const CANDIDATES: Readonly<Record<SessionEvent['type'], (moment: Moment) => readonly SessionEvent[]>> = {
  'browser.lost': ({ browser }) =>
    causesOf().map((cause) => ({ type: 'browser.lost', browser, cause, fault: FAULT }) as const),
  'probe.missed': ({ browser }) => [{ type: 'probe.missed', browser, cause: 'page_unresponsive', fault: FAULT }],
  'browser.closed': ({ closing }) => [{ type: 'browser.closed', browser: closing }],
  'browser.ready': ({ browser }) => [{ type: 'browser.ready', browser, account: ACCOUNT }],
  'browser.qr': ({ browser }) => [{ type: 'browser.qr', browser, qr: { ...CODE, seq: 1 } }],
  'browser.pairing_code': ({ browser }) => [
    { type: 'browser.pairing_code', browser, pairingCode: { ...CODE, phoneNumber: ACCOUNT.phoneNumber } },
  ],
  'browser.fault': ({ browser }) => [{ type: 'browser.fault', browser, fault: FAULT }],
  'browser.unlink_failed': ({ browser }) => [{ type: 'browser.unlink_failed', browser, fault: FAULT }],
  'browser.scanned': ({ browser }) => [{ type: 'browser.scanned', browser }],
  'browser.progress': ({ browser }) => [{ type: 'browser.progress', browser }],
  'browser.authenticated': ({ browser }) => [{ type: 'browser.authenticated', browser }],
  'browser.unlinked': ({ browser }) => [{ type: 'browser.unlinked', browser }],
  'probe.answered': ({ browser }) => [{ type: 'probe.answered', browser }],
  'session.pair': () => [{ type: 'session.pair', phoneNumber: ACCOUNT.phoneNumber }],
  'supervisor.restart': () => [{ type: 'supervisor.restart', delayMs: 0 }],
  'session.start': () => [{ type: 'session.start' }],
  'session.stop': () => [{ type: 'session.stop' }],
  'session.restart': () => [{ type: 'session.restart' }],
  'session.reconnect': () => [{ type: 'session.reconnect' }],
  'session.logout': () => [{ type: 'session.logout' }],
  'session.evict': () => [{ type: 'session.evict' }],
  'session.rebind': () => [{ type: 'session.rebind' }],
  'session.renew': () => [{ type: 'session.renew' }],
  'node.drain': () => [{ type: 'node.drain' }],
  'node.rebalance': () => [{ type: 'node.rebalance' }],
  'launch.granted': () => [{ type: 'launch.granted' }],
  'supervisor.park': () => [{ type: 'supervisor.park' }],
  'profile.erased': () => [{ type: 'profile.erased' }],
  'credentials.sealed': () => [{ type: 'credentials.sealed' }],
  'credentials.missing': () => [{ type: 'credentials.missing' }],
};

/**
 * What an event of a history may have been: history keeps its name and not what it carried, so that a loss may have had
 * any cause. The names of the waits come with the states that have them (`delays`, by name).
 */
export function eventsNamed(
  name: string,
  moment: Moment,
  delays: ReadonlyMap<string, readonly string[]>,
): readonly ReplayEvent[] {
  const wait = /^after\.(.+)$/.exec(name)?.[1];
  if (wait !== undefined)
    return (delays.get(wait) ?? []).map((state) => ({ type: `xstate.after.${wait}.${state}` as const }));
  return isEventName(name) ? CANDIDATES[name](moment) : [];
}

function isEventName(name: string): name is SessionEvent['type'] {
  return Object.hasOwn(CANDIDATES, name);
}

function causesOf(): readonly Cause[] {
  return Object.keys(causes).filter((cause): cause is Cause => cause in causes);
}
