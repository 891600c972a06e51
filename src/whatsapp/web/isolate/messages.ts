import type { IncomingMessage } from '../../../domain/events.ts';
import type { Account, Fault, ProbeResult } from '../../device.ts';
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
  | { readonly type: 'authenticated' }
  | { readonly type: 'ready'; readonly account: Account }
  | { readonly type: 'message'; readonly message: IncomingMessage }
  | { readonly type: 'fault'; readonly fault: Fault }
  | ({ readonly type: 'lost' } & Loss);

/** What the thread can be asked. */
export type Command =
  | { readonly type: 'probe' }
  | { readonly type: 'refresh_qr' }
  | { readonly type: 'request_pairing_code'; readonly phoneNumber: string }
  /** A fresh code for the phone that the last one was for. */
  | { readonly type: 'renew_pairing_code' }
  | { readonly type: 'unlink' }
  /** Has the page store this, after all that it has stored so far. */
  | { readonly type: 'mark_login'; readonly mark: string }
  | { readonly type: 'close_browser' };

export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'probed'; readonly result: ProbeResult }
  | { readonly kind: 'failed'; readonly why: string };

export interface Call {
  readonly id: number;
  readonly command: Command;
}

export type FromThread =
  | { readonly type: 'report'; readonly report: Report }
  | { readonly type: 'answer'; readonly id: number; readonly outcome: Outcome };
