/** The states of WhatsApp Web's socket that a page can be in or be told to take. */
export type SocketState =
  | 'OPENING'
  | 'PAIRING'
  | 'UNPAIRED'
  | 'UNPAIRED_IDLE'
  | 'CONNECTED'
  | 'TIMEOUT'
  | 'CONFLICT'
  | 'UNLAUNCHED'
  | 'PROXYBLOCK'
  | 'TOS_BLOCK'
  | 'SMB_TOS_BLOCK'
  | 'DEPRECATED_VERSION';

/**
 * Builds of WhatsApp's page, by the month in which each appeared; page/builds.js says how they differ. `unseen`: the
 * next one, whose modules for sending and media have other names.
 */
export const BUILDS = ['2026-04', '2026-07', '2026-09', 'unseen'] as const;
export type Build = (typeof BUILDS)[number];

/** How a page that works behaves. All durations in milliseconds. */
export interface PageSettings {
  /** `window.Debug.VERSION`. */
  readonly version: string;
  /** Which of WhatsApp's pages it is. */
  readonly build: Build;
  /**
   * What becomes of a message that is sent. `stored`: whether its row is written before or after the server has it.
   * `resumes`: whether a page posts by itself, once it is connected, what an earlier one has stored without an ack.
   */
  readonly sends: { readonly stored: 'before_posted' | 'after_posted'; readonly resumes: boolean };
  /** Whether a page that is loaded anew lists what it has stored, or leaves that in its storage until it is asked for. */
  readonly lists: 'all' | 'new';
  /** WhatsApp's answer when a preview of a link is asked for. */
  readonly linkPreview: 'none' | 'gives' | 'hangs';
  /** How many QR codes a page shows before it falls idle, how long the first stands and how long each further one. */
  readonly qr: { readonly refs: number; readonly firstMs: number; readonly restMs: number };
  /**
   * Loading after the login. `listened_to`: begins once somebody listens for its end, 5 s after connecting at the
   * latest, so that a slow machine does not miss it. `early`: over before anybody can listen, as the real page
   * sometimes is. `never`: connected for ever, never synced.
   */
  readonly sync: {
    readonly when: 'listened_to' | 'early' | 'never';
    readonly durationMs: number;
    readonly steps: number;
  };
  /** Megabytes of live JavaScript objects that a linked page holds, as a heavy account does. */
  readonly heapMb: number;
  /** Show the worthless `undefined,…` code after a scan, as the real page does. */
  readonly junkQr: boolean;
  /** How long a lost connection is tried before it counts as timed out, and how long until the next try. */
  readonly reconnect: { readonly timeoutMs: number; readonly retryMs: number };
  /** Whether the page leaves before or after `Socket.logout()` has settled. */
  readonly logout: 'settles_first' | 'leaves_first';
  /** `stays_opening`: the socket never leaves OPENING. */
  readonly socket: 'opens' | 'stays_opening';
  /** Modules that `window.require` does not know, as after a release of WhatsApp Web that renamed them. */
  readonly missingModules: readonly string[];
  /** Answer to a request for a pairing code. `given_once`: each further request of the page is refused. */
  readonly pairingCode: 'given' | 'given_once' | 'rate_limited';
}

export const DEFAULT_SETTINGS: PageSettings = {
  version: '2.3000.1030000000',
  build: '2026-04',
  sends: { stored: 'before_posted', resumes: false },
  lists: 'all',
  linkPreview: 'none',
  qr: { refs: 6, firstMs: 60_000, restMs: 20_000 },
  sync: { when: 'listened_to', durationMs: 200, steps: 4 },
  heapMb: 0,
  junkQr: true,
  reconnect: { timeoutMs: 400, retryMs: 400 },
  logout: 'settles_first',
  socket: 'opens',
  missingModules: [],
  pairingCode: 'given',
};

/**
 * `load`: before the page's own code has begun. `qr`: its first code is out. `linked`: its socket is connected.
 * `synced`: it has loaded everything.
 */
export type Moment = 'load' | 'qr' | 'linked' | 'synced';

/**
 * Ways in which a page fails, at a moment of its load or at once. `hang` burns a core unless `busy` is false;
 * `crash` kills its renderer.
 */
export type Misbehaviour =
  | { readonly kind: 'hang'; readonly busy?: boolean }
  | { readonly kind: 'crash' }
  | { readonly kind: 'reload' }
  | { readonly kind: 'blank' }
  | { readonly kind: 'break_internals' }
  /** Loads media that the browser may keep: one megabyte each. */
  | { readonly kind: 'load_media'; readonly megabytes: number }
  /** Opens a dialog and waits for its answer. `ask_to_leave`: one that comes up when the page is left, and leaves. */
  | { readonly kind: 'dialog'; readonly dialog: 'alert' | 'confirm' | 'prompt' | 'ask_to_leave' };

/** How one load of the page goes. */
export type PageScript =
  /** It works, with these settings. */
  | { readonly kind: 'loads'; readonly settings?: Partial<PageSettings> }
  /** It works until then. */
  | {
      readonly kind: 'fails';
      readonly at: Moment;
      readonly how: Misbehaviour;
      readonly settings?: Partial<PageSettings>;
    }
  /** An answer of this status instead of the page. */
  | { readonly kind: 'refuses'; readonly status: number }
  /** The connection is accepted and nothing ever comes. */
  | { readonly kind: 'no_answer' }
  /** The connection is cut. */
  | { readonly kind: 'drops' }
  /** The document begins and never ends. */
  | { readonly kind: 'never_ends' }
  /** A complete document without WhatsApp in it. */
  | { readonly kind: 'blank' };
