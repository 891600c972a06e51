import type { Account, Fault, Unreadable } from '../../device.ts';
import type { Capabilities } from '../../../domain/message.ts';
import type { DeviceCalls } from '../../device-calls.ts';
import type { MessageCalls } from '../../message-calls.ts';
import type { Loss } from '../loss-causes.ts';

/** What the thread is told when it is made. */
export interface ThreadOptions {
  /** Unix socket on which the browser's protocol is handed over. */
  readonly pipePath: string;
  readonly pairWith: string | null;
  readonly deadlines: PageDeadlines;
}

/** How long each step may take that the library would wait for without end, in milliseconds. */
export interface PageDeadlines {
  /** Any one call into the browser. @defaultValue 20000 */
  readonly callMs: number;
  /** From the start of the browser's process to its first answer. @defaultValue 30000 */
  readonly browserMs: number;
  /** From asking for WhatsApp Web to its document being complete. @defaultValue 60000 */
  readonly documentMs: number;
  /** From a complete document to a page that waits for a scan or is connected. @defaultValue 45000 */
  readonly pageMs: number;
  /** How long a page that has synced may go without the library noticing, before it is told. @defaultValue 1500 */
  readonly nudgeMs: number;
  /** How long after `ready` the page is made to collect its garbage. @defaultValue 15000 */
  readonly settleMs: number;
}

/** What the thread tells of its own accord. */
export type Report =
  | { readonly type: 'qr'; readonly code: string }
  | { readonly type: 'qr_idle' }
  | { readonly type: 'pairing_code'; readonly code: string; readonly phoneNumber: string }
  | { readonly type: 'scanned' | 'authenticated' | 'progress' | 'inbox' }
  | { readonly type: 'ready'; readonly account: Account; readonly capabilities?: Capabilities }
  | { readonly type: 'fault'; readonly fault: Fault }
  | { readonly type: 'unreadable'; readonly unreadable: Unreadable }
  | ({ readonly type: 'lost' } & Loss);

/** What the page's thread can be asked: the calls of a device that its page answers, and what only the browser asks. */
export interface PageCalls extends Pick<DeviceCalls, 'probe' | 'requestPairingCode' | 'unlink'>, MessageCalls {
  readonly refreshQr: { readonly request: null; readonly result: void };
  /** A fresh code for the phone that the last one was for. */
  readonly renewPairingCode: { readonly request: null; readonly result: void };
  /** Has the page store this marker, after all that it has stored so far. */
  readonly storeFlushMarker: { readonly request: { readonly marker: string }; readonly result: void };
  /** Empties the browser's HTTP cache. */
  readonly clearCache: { readonly request: null; readonly result: void };
  readonly closeBrowser: { readonly request: null; readonly result: void };
}

export type PageCallName = keyof PageCalls;

/** What the thread runs for each call. `signal`: who asked has given up, and nothing more should be begun for them. */
export type PageHandlers = {
  readonly [Name in PageCallName]: (
    request: PageCalls[Name]['request'],
    signal: AbortSignal,
  ) => Promise<PageCalls[Name]['result']>;
};

export type Outcome<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  /** `why` has no full stop. */
  | { readonly kind: 'failed'; readonly why: string };

/** One call on its way to the thread; the name and the request belong together. */
export type ToThread<Name extends PageCallName = PageCallName> = {
  readonly [One in Name]: { readonly id: number; readonly name: One; readonly request: PageCalls[One]['request'] };
}[Name];

/** Nobody waits for the answer to this call any more. */
export interface GivenUp {
  readonly givenUp: number;
}

export type FromThread =
  | { readonly type: 'report'; readonly report: Report }
  | { readonly type: 'answer'; readonly id: number; readonly outcome: Outcome<unknown> };
