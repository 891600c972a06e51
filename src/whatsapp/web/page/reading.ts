import type { Account } from '../../device.ts';

/** What the page told, or what is wrong with it (without a full stop, and without what a person wrote). */
export type Reading<Value> =
  | { readonly kind: 'read'; readonly value: Value }
  | { readonly kind: 'unreadable'; readonly why: string };

/** The properties of what the page told, whatever it is. */
export function partsOf(told: unknown): Readonly<Record<string, unknown>> {
  return typeof told === 'object' && told !== null ? { ...told } : {};
}

/** Every state of WhatsApp's socket that is known. */
const STATES: ReadonlySet<string> = new Set([
  'OPENING',
  'PAIRING',
  'UNPAIRED',
  'UNPAIRED_IDLE',
  'CONNECTED',
  'TIMEOUT',
  'CONFLICT',
  'UNLAUNCHED',
  'PROXYBLOCK',
  'TOS_BLOCK',
  'SMB_TOS_BLOCK',
  'DEPRECATED_VERSION',
]);

/** Why a state of the socket is none that is known; `null` where it is. */
export function strangeState(state: string): string | null {
  if (STATES.has(state)) return null;
  return /^\w{1,40}$/.test(state) ? `the unknown state ${state}` : 'a state that is no word';
}

/**
 * What a QR text lacks besides its reference, which the page may set a moment later; `null` where it is whole. Without
 * the rest no phone can ever read it.
 */
export function strangeCode(code: string): string | null {
  const [, ...keys] = code.split(',');
  const isWhole = keys.length >= 4 && !keys.some((part) => part === '' || part === 'undefined');
  return isWhole ? null : 'a QR code without its keys';
}

/** The account that the page says it is linked to. `info` is the library's. */
export function readAccount(info: unknown): Reading<Account> {
  const { wid, pushname } = partsOf(info);
  const { user, server, _serialized: whole } = partsOf(wid);
  const phoneNumber = typeof user === 'string' ? user : typeof whole === 'string' ? whole.split('@', 1)[0] : '';
  if (phoneNumber === undefined || phoneNumber === '')
    return { kind: 'unreadable', why: 'an account without a number' };
  return {
    kind: 'read',
    value: {
      phoneNumber,
      displayName: typeof pushname === 'string' && pushname !== '' ? pushname : null,
      // Where WhatsApp gives no number to its own page, it gives an id of the account.
      ...(server === 'lid' && { hidesNumber: true }),
    },
  };
}
