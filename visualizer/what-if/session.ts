import { causes, sessionMachine, type SessionContext, type SessionInput } from '../../machines/session.machine.ts';
import type { Imaginable } from './imaginable.ts';

const WHICH = { name: 'browser', choices: ['the one in use', 'one given up'] } as const;
const CODE = { code: 'imagined', issuedAt: '2026-01-01T00:00:00.000Z', expiresAt: '2026-01-01T00:00:20.000Z' };
const ACCOUNT = { phoneNumber: '5215550001111', displayName: null };

const LIMITS: SessionInput['limits'] = {
  launchTimeoutMs: 60_000,
  syncTimeoutMs: 120_000,
  qrWindowMs: 180_000,
  closeTimeoutMs: 15_000,
  unlinkTimeoutMs: 10_000,
  reachTimeoutMs: 25_000,
  eraseTimeoutMs: 20_000,
  verdictTimeoutMs: 5_000,
  stableAfterMs: 300_000,
  reconnectBaseMs: 1_000,
  reconnectMaxMs: 60_000,
  reconnectMaxAttempts: 5,
  conflictHoldMs: 10_000,
  missedProbes: 3,
};

/** A session that nobody has: with the default limits. */
export const imaginableSession: Imaginable = {
  machine: sessionMachine,
  input: {
    limits: LIMITS,
    seed: 7,
    pairWith: null,
    account: null,
    boundTo: null,
    restarts: 0,
    credentials: 'volatile',
  } satisfies SessionInput,
  knobs: [
    { name: 'attempt', most: 10, path: ['attempt'] },
    { name: 'reconnectMaxAttempts', most: 10, path: ['limits', 'reconnectMaxAttempts'] },
    { name: 'takeovers', most: 2, path: ['takeovers'] },
    { name: 'missed', most: 5, path: ['missed'] },
  ],
  fieldsOf: (event) => {
    if (event === 'browser.lost') return [{ name: 'cause', choices: Object.keys(causes) }, WHICH];
    return /^(?:browser|probe)\./.test(event) ? [WHICH] : [];
  },
  build: (type, chosen, context) => {
    const { browser, closing } = isSessionContext(context) ? context : { browser: 0, closing: 0 };
    // A browser that is being closed is the newest one, and was given up.
    const about = type === 'browser.closed' ? closing : browser;
    const number = chosen['browser'] === WHICH.choices[1] ? about - 1 : about;
    const fault = { code: 'IMAGINED', message: 'Imagined.' };
    return {
      type,
      browser: number,
      fault,
      account: ACCOUNT,
      qr: {
        ...CODE,
        seq: 1,
      },
      pairingCode: {
        ...CODE,
        phoneNumber: ACCOUNT.phoneNumber,
      },
      cause: chosen['cause'] ?? (type === 'probe.missed' ? 'page_unresponsive' : Object.keys(causes)[0]),
      delayMs: 3e4,
      phoneNumber: ACCOUNT.phoneNumber,
    };
  },
};

function isSessionContext(context: unknown): context is SessionContext {
  return typeof context === 'object' && context !== null && 'browser' in context && 'closing' in context;
}
