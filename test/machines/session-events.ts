import { causes, type Cause, type SessionEvent } from '../../machines/session.machine.ts';

export const FAULT = { code: 'TEST', message: 'as the test says' };
const INSTANTS = { issuedAt: '2026-11-24T06:00:00.000Z', expiresAt: '2026-11-24T06:01:00.000Z' };
const PHONE_NUMBER = '5215550001111';

/** How long a supervisor lets a session rest before its restart. */
export const RESTART_DELAY_MS = 30_000;
export const QR = { code: '2@a,b,c,d', seq: 1, ...INSTANTS };
export const PAIRING_CODE = { code: 'ABCD-1234', phoneNumber: PHONE_NUMBER, ...INSTANTS };
export const ACCOUNT = { phoneNumber: PHONE_NUMBER, displayName: 'Ana' };
export const OTHER_ACCOUNT = { phoneNumber: '5215550002222', displayName: 'Bea' };
export const CAUSES = Object.keys(causes).filter((cause): cause is Cause => cause in causes);

/** The loss of a browser. */
export function lost(browser: number, cause: Cause): SessionEvent {
  return { type: 'browser.lost', browser, cause, fault: FAULT };
}

/** All that can be asked of a session, and all that its supervisor can say. */
export const REQUESTS: readonly SessionEvent[] = [
  { type: 'session.start' },
  { type: 'session.stop' },
  { type: 'session.restart' },
  { type: 'session.reconnect' },
  { type: 'session.logout' },
  { type: 'session.evict' },
  { type: 'session.rebind' },
  { type: 'session.renew' },
  { type: 'session.pair', phoneNumber: PHONE_NUMBER },
  { type: 'node.drain' },
  { type: 'node.rebalance' },
  { type: 'launch.granted' },
  { type: 'supervisor.restart', delayMs: RESTART_DELAY_MS },
  { type: 'supervisor.park' },
  { type: 'profile.erased' },
  { type: 'credentials.sealed' },
  { type: 'credentials.missing' },
];

/** All that a browser can be the reason of, but its end. */
export function newsOf(browser: number): readonly SessionEvent[] {
  return [
    { type: 'browser.qr', browser, qr: QR },
    { type: 'browser.pairing_code', browser, pairingCode: PAIRING_CODE },
    { type: 'browser.scanned', browser },
    { type: 'browser.authenticated', browser },
    { type: 'browser.progress', browser },
    { type: 'browser.ready', browser, account: ACCOUNT },
    { type: 'browser.ready', browser, account: OTHER_ACCOUNT },
    ...CAUSES.map((cause) => ({ type: 'browser.lost', browser, cause, fault: FAULT }) as const),
    { type: 'browser.fault', browser, fault: FAULT },
    { type: 'browser.unlinked', browser },
    { type: 'browser.unlink_failed', browser, fault: FAULT },
    { type: 'probe.answered', browser },
    { type: 'probe.missed', browser, cause: 'page_unresponsive', fault: FAULT },
    { type: 'probe.missed', browser, cause: 'network', fault: FAULT },
  ];
}
