import type { Misbehaviour, Moment, PageSettings, SocketState } from './settings.ts';

/** One loaded page, as tests read and control it. A reload makes another page. */
export interface WebPage {
  readonly id: string;
  /** The browser that shows it, as Puppeteer knows it; 0 when it did not come through a wrapper. */
  readonly browserPid: number;
  readonly settings: PageSettings;
  /** Whether the page holds its connection to the server. */
  readonly isConnected: boolean;
  /**
   * Whether it has been seen to hang: its thread waits for an answer that never comes. Only a hang that is not busy is
   * seen.
   */
  readonly isHanging: boolean;
  /** The first field of the QR code that is shown now; null when none is good for a scan. */
  readonly ref: string | null;
  /** How far the page has come; each moment once. */
  readonly moments: ReadonlySet<Moment>;
  /** What it has asked WhatsApp about chats, by their ids. */
  readonly queries: readonly string[];
  /** The account it is linked to; null before a scan. */
  readonly phoneNumber: string | null;
  /** Shows the next QR code at once, or falls idle after the last. */
  rotate(): void;
  /** Makes the socket take this state, as a push of WhatsApp's servers does. CONNECTED heals it. */
  setState(state: SocketState): void;
  misbehave(how: Misbehaviour): void;
}
