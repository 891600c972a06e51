import type { Fault, LossCause } from '../device.ts';

/** Why a simulated browser is lost, and how that is told. */
export interface Loss {
  readonly cause: LossCause;
  readonly fault: Fault;
}

const loss = (cause: LossCause, code: string, message: string): Loss => ({ cause, fault: { code, message } });

/**
 * Ordered by `launch_failures`. Not a network fault: those are no fault of the machine's and would not open its
 * breaker.
 */
export const LAUNCH_FAILED = loss('internal_error', 'LAUNCH_FAILED', 'The simulated browser was told not to start.');
export const PROFILE_UNUSABLE = loss('internal_error', 'PROFILE_UNUSABLE', 'The profile can not be read or written.');
export const PROFILE_IN_USE = loss('internal_error', 'PROFILE_IN_USE', 'Another browser still lives in this profile.');
export const DRIVER_SHUT_DOWN = loss('internal_error', 'DRIVER_SHUT_DOWN', 'The driver opens no more browsers.');
export const LOGGED_OUT = loss('logged_out', 'LOGGED_OUT', 'The phone has logged this device out.');
export const CONFLICT = loss('conflict', 'CONFLICT', 'The account was opened elsewhere.');
export const BLOCKED = loss('blocked', 'TOS_BLOCK', 'WhatsApp has blocked the account.');
export const UNREACHABLE = loss('network', 'NETWORK', 'WhatsApp can not be reached.');
export const PAGE_CRASHED = loss('page_crashed', 'PAGE_CRASHED', 'The page has crashed.');
export const BROWSER_CRASHED = loss('browser_crashed', 'BROWSER_CRASHED', 'The browser has died.');

/** Not a loss: the phone said no to a link, and the browser shows a new code. */
export const LINK_REFUSED: Fault = { code: 'LINK_REFUSED', message: 'The phone refused to link this device.' };
