import type { ProxyError } from '../../domain/proxy.ts';
import type { Fault, LossCause } from '../device.ts';

/** That a browser was lost, and how it is told. */
export interface Loss {
  readonly cause: LossCause;
  readonly fault: Fault;
}

const loss = (cause: LossCause, code: string, message: string): Loss => ({ cause, fault: { code, message } });

/**
 * Socket states, and reasons of the library's `disconnected`, after which a linked page gives no more service. The
 * login is intact in all but the first two: what follows is the session's to decide. States that are missing here heal
 * by themselves.
 */
export const LOSS_BY_STATE: Readonly<Partial<Record<string, Loss>>> = {
  LOGOUT: loss('logged_out', 'LOGGED_OUT', 'The phone has logged this device out.'),
  UNPAIRED: loss('logged_out', 'LOGGED_OUT', 'WhatsApp no longer knows this device.'),
  UNPAIRED_IDLE: loss('network', 'UNPAIRED_IDLE', 'The page asks for a scan though it was linked.'),
  CONFLICT: loss('conflict', 'CONFLICT', 'The account was opened elsewhere.'),
  UNLAUNCHED: loss('network', 'UNLAUNCHED', 'The page has closed its connection.'),
  TOS_BLOCK: loss('blocked', 'TOS_BLOCK', 'WhatsApp has blocked the account.'),
  SMB_TOS_BLOCK: loss('blocked', 'SMB_TOS_BLOCK', 'WhatsApp has blocked the business account.'),
  PROXYBLOCK: loss('blocked', 'PROXYBLOCK', 'WhatsApp has blocked the way to it.'),
  DEPRECATED_VERSION: loss('outdated', 'DEPRECATED_VERSION', 'WhatsApp no longer accepts this version of its page.'),
};

/**
 * States after which even a page that was never linked gets nowhere. The others are a page's way to begin or to wait
 * for a scan.
 */
export const LOST_BEFORE_LINKED: ReadonlySet<string> = new Set([
  'CONFLICT',
  'TOS_BLOCK',
  'SMB_TOS_BLOCK',
  'PROXYBLOCK',
  'DEPRECATED_VERSION',
]);

export const BROWSER_SILENT = loss('launch_timeout', 'BROWSER_SILENT', 'The browser started and did not answer.');
export const PAGE_NEVER_CAME_UP = loss(
  'launch_timeout',
  'PAGE_NEVER_CAME_UP',
  'WhatsApp Web was loaded and did not start.',
);
export const PAGE_NEVER_LOADED = loss(
  'launch_timeout',
  'PAGE_NEVER_LOADED',
  'WhatsApp Web was asked for and never arrived in full.',
);
export const NEVER_CONNECTED = loss('network', 'NEVER_CONNECTED', 'The page got no connection to WhatsApp.');
export const UNREACHABLE = (why: string) =>
  loss('network', 'UNREACHABLE', `WhatsApp Web could not be reached (${why}).`);
/** Of a page that goes through a proxy which gave its last connection up: that is why, and nothing of WhatsApp's. */
export function lossBehindProxy(lost: Loss, proxy: ProxyError | null): Loss {
  const isWay = lost.cause === 'network' || lost.cause === 'launch_timeout';
  if (proxy === null || !isWay) return lost;
  const said = /net::ERR_\w+/.exec(lost.fault.message)?.[0];
  const message = said === undefined ? proxy.message : `${proxy.message.replace(/\.$/, '')} (${said}).`;
  return { cause: 'network', fault: { code: proxy.code, message } };
}
export const PAIRING_REFUSED = (why: string) =>
  loss(
    'blocked',
    'PAIRING_REFUSED',
    `WhatsApp gave no pairing code (${why}). The number may be wrong, or too many codes were asked for: wait a while, or link by QR.`,
  );
export const PAGE_REFUSED = (status: number) =>
  loss('network', 'PAGE_REFUSED', `WhatsApp Web answered with status ${status}.`);
export const PAGE_CRASHED = loss('page_crashed', 'PAGE_CRASHED', 'The page has crashed.');
export const PAGE_CLOSED = loss('page_crashed', 'PAGE_CLOSED', 'The page was closed.');
export const TEXT_TOO_LONG = loss('page_crashed', 'TEXT_TOO_LONG', 'The page sent more at once than can be taken.');
export const PAGE_LEFT = loss('page_crashed', 'PAGE_LEFT', 'The page has left WhatsApp Web.');
export const PAGE_UNRESPONSIVE = loss('page_unresponsive', 'PAGE_UNRESPONSIVE', 'The page does not answer.');
export const INTERNALS_CHANGED = loss(
  'internal_error',
  'INTERNALS_CHANGED',
  'WhatsApp Web lacks an internal module that the library needs.',
);
export const NO_ACCOUNT = loss(
  'internal_error',
  'PAGE_UNREADABLE',
  'WhatsApp Web is linked and does not say to which account.',
);
export const LIBRARY_THREW = loss('internal_error', 'LIBRARY_THREW', 'The library threw where nothing could catch it.');
export const ISOLATE_DIED = loss('internal_error', 'ISOLATE_DIED', 'The thread that ran the library has ended.');
export const DRIVER_SHUT_DOWN = loss('internal_error', 'DRIVER_SHUT_DOWN', 'The driver opens no more browsers.');
export const BROWSER_DIED = (ending: string) => loss('browser_crashed', 'BROWSER_DIED', `The browser ${ending}.`);
export const NOT_STARTED = (fault: Fault) => ({ cause: 'internal_error', fault }) satisfies Loss;
