import { MarkerNotStoredError, PageSilentError, PairingRefusedError, UnlinkFailedError } from './device-errors.ts';
import type { Call } from './call-table.ts';
import type { MessageCalls } from './message-calls.ts';

/** What a liveness probe found. */
export type ProbeResult =
  | { readonly kind: 'alive' }
  | { readonly kind: 'missed'; readonly cause: 'page_unresponsive' | 'network'; readonly detail: string };

/**
 * Everything that a linked device can be asked. A new call is one line here, what is said of it when nobody answers
 * ({@link unanswered}), and one handler in each engine: the types refuse an engine that lacks one.
 */
export interface DeviceCalls extends MessageCalls {
  /** Asks the page, not the library's memory, whether it answers and its socket is open. Never rejects. */
  readonly probe: Call<null, ProbeResult>;
  /**
   * Bytes of memory that all its processes hold now, and its files where they lie in memory; `null` when it has none, is gone, or it cannot be told within
   * seconds. Never rejects. Costs tens of milliseconds of a core: ask rarely, and one device after another.
   */
  readonly memory: Call<null, number | null>;
  /**
   * Whether the credentials of a page that is ready have reached the disk: a copy taken from now on holds them, and the
   * death of the browser cannot take them. Ask again while it says no; rejects when the page does not answer.
   */
  readonly isFlushed: Call<null, boolean>;
  /**
   * Whether what the page stores now is kept: a mark that it stores is read back from the disk before the signal's end.
   * Rejects when the page does not answer.
   */
  readonly isStoring: Call<null, boolean>;
  /**
   * Switches a device that waits for a scan to pairing by code; the code arrives as `pairing_code`. The number is digits
   * only. Rejects when the page refuses.
   */
  readonly requestPairingCode: Call<{ readonly phoneNumber: string }, void>;
  /** Unlinks this device at WhatsApp. Its files are not touched. Rejects when WhatsApp was not told. */
  readonly unlink: Call<null, void>;
}

export type CallName = keyof DeviceCalls;

/** How a call ends that nobody could answer: no device is open, it is gone, or it took too long. `why` has no full stop. */
export const unanswered: { readonly [Name in CallName]: (why: string) => DeviceCalls[Name]['result'] } = {
  probe: (why) => ({ kind: 'missed', cause: 'page_unresponsive', detail: `The page does not answer: ${why}.` }),
  memory: () => null,
  isFlushed: (why) => {
    throw new MarkerNotStoredError(why);
  },
  isStoring: (why) => {
    throw new MarkerNotStoredError(why);
  },
  requestPairingCode: (why) => {
    throw new PairingRefusedError(why);
  },
  unlink: (why) => {
    throw new UnlinkFailedError(why);
  },
  capabilities: silent,
  idForm: silent,
  resolve: silent,
  send: silent,
  find: silent,
  resend: silent,
  act: silent,
  pull: silent,
  recent: silent,
  mediaOpen: silent,
  mediaRead: silent,
  mediaClose: silent,
  chats: silent,
  groups: silent,
  group: silent,
  contacts: silent,
};

function silent(why: string): never {
  throw new PageSilentError(why);
}
