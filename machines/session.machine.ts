import { assign, enqueueActions, fromCallback, raise, sendTo, setup } from 'xstate';

/**
 * The causes for which a browser is lost: the reaction to each, and the reason for it. Decided only here.
 *
 * `retry`: it passes, so the session reconnects with backoff. `hold`: it waits, takes over once, and if the login is
 * taken again leaves it to a person. `scan`: only a new scan helps. `person`: somebody must look.
 */
export const causes = {
  logged_out: { follows: 'scan', why: 'The phone removed this device: the login is gone for good.' },
  blocked: {
    follows: 'person',
    why: 'WhatsApp refuses this account or this address (terms, proxy): a retry makes it worse.',
  },
  outdated: { follows: 'person', why: 'WhatsApp no longer accepts this version of the library.' },
  browser_too_old: {
    follows: 'person',
    why: 'A newer browser has written the login: the one of this node would lose it.',
  },
  other_account: {
    follows: 'person',
    why: 'Another phone was linked than the one that this session is bound to: whoever writes here would write as somebody else.',
  },
  conflict: {
    follows: 'hold',
    why: 'WhatsApp Web was opened elsewhere with this login, which is intact: to fight over it would end in both being blocked.',
  },
  network: { follows: 'retry', why: 'WhatsApp could not be reached.' },
  launch_timeout: { follows: 'retry', why: 'The browser came up without a sign of life from the page.' },
  sync_timeout: { follows: 'retry', why: 'Linked, but the chats never finished loading.' },
  browser_crashed: { follows: 'retry', why: 'The browser process died.' },
  page_crashed: { follows: 'retry', why: 'The page died or went away; the browser lives.' },
  page_unresponsive: { follows: 'retry', why: 'The page does not answer probes: hung, frozen or starved.' },
  internal_error: { follows: 'retry', why: 'Something unexpected in the library or in this service.' },
} as const;

export type Cause = keyof typeof causes;
/** Why a session is disconnected, reconnecting or failed. */
export type Reason =
  | Cause
  | 'never_started'
  | 'stopped'
  | 'queued'
  | 'qr_expired'
  | 'evicted'
  /** Said by the other nodes of one whose node has fallen silent. */
  | 'node_lost'
  | 'attempts_exhausted'
  | 'restarts_exhausted';

/** An error as it is stored and shown: no stack, no path, no secret. */
export interface Fault {
  readonly code: string;
  readonly message: string;
}
export interface Qr {
  readonly code: string;
  readonly seq: number;
  readonly issuedAt: string;
  readonly expiresAt: string;
}
export interface PairingCode {
  readonly code: string;
  readonly phoneNumber: string;
  readonly issuedAt: string;
  readonly expiresAt: string;
}
/** `durable`: the vault holds the present login, so that it survives this machine. */
type Credentials = 'volatile' | 'durable';
export interface Account {
  readonly phoneNumber: string;
  readonly displayName: string | null;
  /** WhatsApp gave an id in place of the number: whether it is another phone than before cannot be told by it. */
  readonly hidesNumber?: true;
}

/** What the page that is open now can be used for. */
export interface PageCapabilities {
  readonly receive: boolean;
  readonly send: boolean;
  readonly media: boolean;
  readonly chats: boolean;
}

/**
 * What a client may rely on, whatever substates are added later.
 * `connected`: messages flow. `needs_scan`: a person must scan or start again. `busy`: it moves on by itself.
 * `settled`: it stays as it is until somebody acts. `at_rest`: no browser, nothing pending.
 */
export type SessionTag = 'connected' | 'needs_scan' | 'busy' | 'settled' | 'at_rest';

/** Deadlines and budgets; all times in milliseconds. */
export interface SessionLimits {
  readonly launchTimeoutMs: number;
  readonly syncTimeoutMs: number;
  readonly qrWindowMs: number;
  readonly closeTimeoutMs: number;
  readonly unlinkTimeoutMs: number;
  /** How long a page may take to come up only to tell WhatsApp of a logout. */
  readonly reachTimeoutMs: number;
  readonly eraseTimeoutMs: number;
  readonly verdictTimeoutMs: number;
  readonly stableAfterMs: number;
  readonly reconnectBaseMs: number;
  readonly reconnectMaxMs: number;
  readonly reconnectMaxAttempts: number;
  /** How long the login is left to the other WhatsApp Web that opened it, before it is taken over. */
  readonly conflictHoldMs: number;
  readonly missedProbes: number;
}

export interface SessionInput {
  readonly limits: SessionLimits;
  /** Seed of the backoff's jitter: the same seed gives the same waits. */
  readonly seed: number;
  /** Link by a pairing code for this phone instead of a QR. */
  readonly pairWith: string | null;
  /** The account, restarts and credentials that an earlier run left. */
  readonly account: Account | null;
  /** The number that it was linked with, until a logout on purpose or a `session.rebind`: no other is accepted. */
  readonly boundTo: string | null;
  readonly restarts: number;
  readonly credentials: Credentials;
}

export interface SessionContext extends SessionInput {
  /** Number of the newest browser; 0 before the first. */
  readonly browser: number;
  /** Number of the newest browser that was given up; 0 before the first. */
  readonly closing: number;
  readonly reason: Reason | null;
  readonly fault: Fault | null;
  readonly qr: Qr | null;
  readonly pairingCode: PairingCode | null;
  /** Of the page that was ready last; `null` where it did not say. */
  readonly capabilities: PageCapabilities | null;
  readonly attempt: number;
  /** How often the login was taken over from elsewhere since the session was last stable. */
  readonly takeovers: number;
  readonly missed: number;
  /** The wait before the next attempt or restart. */
  readonly retryDelayMs: number;
}

export type SessionEvent =
  // Intents of users, and of the node for them.
  | {
      type:
        | 'session.start'
        | 'session.stop'
        | 'session.restart'
        | 'session.reconnect'
        | 'session.logout'
        | 'session.evict'
        | 'session.rebind'
        | 'session.renew';
    }
  | { type: 'session.pair'; phoneNumber: string }
  | { type: 'node.drain' | 'node.rebalance' }
  // Decisions of the supervisor.
  | { type: 'launch.granted' }
  | { type: 'supervisor.restart'; delayMs: number }
  | { type: 'supervisor.park' }
  // Reports about browser number `browser`.
  | { type: 'browser.qr'; browser: number; qr: Qr }
  | { type: 'browser.pairing_code'; browser: number; pairingCode: PairingCode }
  | { type: 'browser.scanned' | 'browser.authenticated' | 'browser.progress'; browser: number }
  | { type: 'browser.unlinked' | 'browser.closed'; browser: number }
  | { type: 'browser.ready'; browser: number; account: Account; capabilities?: PageCapabilities | null }
  | { type: 'browser.lost'; browser: number; cause: Cause; fault: Fault }
  | { type: 'browser.fault' | 'browser.unlink_failed'; browser: number; fault: Fault }
  | { type: 'probe.answered'; browser: number }
  | { type: 'probe.missed'; browser: number; cause: 'page_unresponsive' | 'network'; fault: Fault }
  | { type: 'profile.erased' }
  // Reports about the login.
  | { type: 'credentials.sealed' | 'credentials.missing' };

/**
 * What the machine tells its effects to do. To close a browser that is gone, or number 0 when there never was one, is
 * answered at once.
 */
export type SessionCommand =
  | { type: 'launch.request' | 'launch.withdraw' | 'profile.erase' }
  /** Erases what the refused phone has left. What the vault holds is of the phone before, and stays. */
  | { type: 'profile.discard' }
  /** `isOutage`: what it failed for says nothing against the session. `restarts`: how many it had since it was stable. */
  | { type: 'verdict.request'; isOutage: boolean; restarts: number }
  | { type: 'browser.open' | 'browser.pair'; browser: number; pairWith: string | null }
  | { type: 'browser.unlink'; browser: number }
  /** `because`: the cause, when it is given up for one. */
  | { type: 'browser.close'; browser: number; because: Reason | null };

/**
 * `min(max, base * 2^(attempt - 1))`, the upper half of it random (equal jitter). The randomness is a hash of the seed:
 * mulberry32.
 */
export function backoffMs({ limits, seed }: Pick<SessionInput, 'limits' | 'seed'>, attempt: number): number {
  const ceiling = Math.min(limits.reconnectMaxMs, limits.reconnectBaseMs * 2 ** (attempt - 1));
  let hash = (seed + Math.imul(attempt, 0x6d2b79f5)) | 0;
  hash = Math.imul(hash ^ (hash >>> 15), hash | 1);
  hash ^= hash + Math.imul(hash ^ (hash >>> 7), hash | 61);
  const random = ((hash ^ (hash >>> 14)) >>> 0) / 2 ** 32;
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}

/** Whether this browser is the newest and was not given up. Reports about any other are stale. */
function isInUse({ browser, closing }: SessionContext, number: number): boolean {
  return number === browser && number > closing;
}

/** The end of a phone number, by which its owner knows it. */
function lastDigits(phoneNumber: string): string {
  return `…${phoneNumber.slice(-4)}`;
}

/** Faults that a person must act upon: that a browser was slow to close does not take their place. */
const KEPT_FAULTS: ReadonlySet<string> = new Set(['OTHER_ACCOUNT', 'STILL_LISTED']);

/** One session's life: from a QR code to ready, and back there whenever something breaks. */
export const sessionMachine = setup({
  types: {
    context: {} as SessionContext,
    input: {} as SessionInput,
    events: {} as SessionEvent,
    tags: {} as SessionTag,
  },
  actors: {
    /** Does all I/O: launch slots, the browser, its profile. The supervisor provides it. */
    effects: fromCallback<SessionCommand>(() => {
      throw new Error('No effects were provided to the session machine.');
    }),
  },
  guards: {
    isCurrentBrowser: ({ context, event }) => 'browser' in event && isInUse(context, event.browser),
    isStaleBrowser: ({ context, event }) => 'browser' in event && !isInUse(context, event.browser),
    isClosingBrowser: ({ context, event }) => 'browser' in event && event.browser === context.closing,
    /** Some phone lists this device, as far as is known. */
    isListed: ({ context }) => context.account !== null,
    isCurrentLogout: ({ context, event }) =>
      event.type === 'browser.lost' && isInUse(context, event.browser) && causes[event.cause].follows === 'scan',
    needsScan: ({ event }) => event.type === 'browser.lost' && causes[event.cause].follows === 'scan',
    mayTakeOver: ({ context, event }) =>
      event.type === 'browser.lost' && causes[event.cause].follows === 'hold' && context.takeovers === 0,
    wasTakenAgain: ({ context, event }) =>
      event.type === 'browser.lost' && causes[event.cause].follows === 'hold' && context.takeovers > 0,
    isOtherAccount: ({ context, event }) =>
      event.type === 'browser.ready' &&
      isInUse(context, event.browser) &&
      context.boundTo !== null &&
      event.account.hidesNumber !== true &&
      event.account.phoneNumber !== context.boundTo,
    needsPerson: ({ event }) => event.type === 'browser.lost' && causes[event.cause].follows === 'person',
    isOutage: ({ event }) => event.type === 'browser.lost' && event.cause === 'network',
    hasAttemptsLeft: ({ context }) => context.attempt < context.limits.reconnectMaxAttempts,
    isLastMiss: ({ context, event }) =>
      event.type === 'probe.missed' &&
      isInUse(context, event.browser) &&
      context.missed + 1 >= context.limits.missedProbes,
    wasStopped: ({ context }) => context.reason === 'stopped',
    wasEvicted: ({ context }) => context.reason === 'evicted',
    wasIdle: ({ context }) => context.reason === 'qr_expired',
    mayPass: ({ context }) =>
      context.reason !== 'other_account' &&
      context.reason !== 'blocked' &&
      context.reason !== 'outdated' &&
      context.reason !== 'browser_too_old' &&
      context.reason !== 'conflict',
  },
  delays: {
    launchTimeout: ({ context }) => context.limits.launchTimeoutMs,
    syncTimeout: ({ context }) => context.limits.syncTimeoutMs,
    qrWindow: ({ context }) => context.limits.qrWindowMs,
    closeTimeout: ({ context }) => context.limits.closeTimeoutMs,
    unlinkTimeout: ({ context }) => context.limits.unlinkTimeoutMs,
    reachTimeout: ({ context }) => context.limits.reachTimeoutMs,
    eraseTimeout: ({ context }) => context.limits.eraseTimeoutMs,
    verdictTimeout: ({ context }) => context.limits.verdictTimeoutMs,
    stableAfter: ({ context }) => context.limits.stableAfterMs,
    retryDelay: ({ context }) => context.retryDelayMs,
  },
  actions: {
    requestLaunch: sendTo('effects', { type: 'launch.request' }),
    withdrawLaunch: sendTo('effects', { type: 'launch.withdraw' }),
    countBrowser: assign({ browser: ({ context }) => context.browser + 1 }),
    openBrowser: sendTo('effects', ({ context }) => ({
      type: 'browser.open',
      browser: context.browser,
      pairWith: context.pairWith,
    })),
    /** Idempotent: a second close while the browser is closing waits for the same browser. */
    giveUpBrowser: assign({ closing: ({ context }) => context.browser }),
    closeBrowser: sendTo('effects', ({ context }) => ({
      type: 'browser.close',
      browser: context.closing,
      because: context.reason,
    })),
    unlinkBrowser: sendTo('effects', ({ context }) => ({ type: 'browser.unlink', browser: context.browser })),
    pairBrowser: sendTo('effects', ({ context }) => ({
      type: 'browser.pair',
      browser: context.browser,
      pairWith: context.pairWith,
    })),
    /** Somebody asked for a code to type when it was too late to open the browser with one. */
    pairIfAsked: enqueueActions(({ context, enqueue }) => {
      const { browser, pairWith } = context;
      if (pairWith !== null) enqueue.sendTo('effects', { type: 'browser.pair', browser, pairWith });
    }),
    eraseProfile: sendTo('effects', { type: 'profile.erase' }),
    discardProfile: sendTo('effects', { type: 'profile.discard' }),
    requestVerdict: sendTo('effects', ({ context }) => ({
      type: 'verdict.request',
      isOutage: context.reason === 'network',
      restarts: context.restarts,
    })),
    setReason: assign({ reason: (_, params: { reason: Reason }) => params.reason }),
    clearReason: assign({ reason: null }),
    noteCause: assign({
      reason: ({ context, event }) => (event.type === 'browser.lost' ? event.cause : context.reason),
    }),
    noteFault: assign({ fault: ({ context, event }) => ('fault' in event ? event.fault : context.fault) }),
    noteTimeout: assign({
      fault: ({ context }, params: { what: string }) =>
        context.fault !== null && KEPT_FAULTS.has(context.fault.code)
          ? context.fault
          : { code: 'TIMEOUT', message: `${params.what} did not end in time.` },
    }),
    noteStillListed: assign({
      fault: ({ event }) => {
        const why = 'fault' in event ? event.fault.message : 'WhatsApp was not told of the logout.';
        return {
          code: 'STILL_LISTED',
          message: `${why} The phone lists this device until it is removed there, under Linked devices.`,
        };
      },
    }),
    noteNewcomerListed: assign({
      fault: ({ context }) => ({
        code: 'OTHER_ACCOUNT',
        message: `${context.fault?.message ?? ''} WhatsApp could not be told to unlink it: it lists this device until it is removed there.`,
      }),
    }),
    clearFault: assign({ fault: null }),
    loseByTimeout: raise(({ context }, params: { cause: 'launch_timeout' | 'sync_timeout' }) => ({
      type: 'browser.lost' as const,
      browser: context.browser,
      cause: params.cause,
      fault: { code: params.cause.toUpperCase(), message: causes[params.cause].why },
    })),
    noteOtherAccount: assign(({ context, event }) => {
      const account = event.type === 'browser.ready' ? event.account : null;
      const [scanned, bound] = [account?.phoneNumber ?? '', context.boundTo ?? ''].map(lastDigits);
      return {
        reason: 'other_account',
        fault: {
          code: 'OTHER_ACCOUNT',
          message: `The phone ${scanned} was linked, but this session is bound to ${bound}. Log it out, or create it with "rebind": true, to let another phone in.`,
        },
      };
    }),
    loseByProbe: raise(({ context, event }) => {
      const miss =
        event.type === 'probe.missed'
          ? event
          : { cause: 'page_unresponsive' as const, fault: { code: 'PROBE', message: '' } };
      return { type: 'browser.lost' as const, browser: context.browser, cause: miss.cause, fault: miss.fault };
    }),
    showQr: assign({
      qr: ({ context, event }) => (event.type === 'browser.qr' ? event.qr : context.qr),
      pairingCode: null,
    }),
    showPairingCode: assign({
      pairingCode: ({ context, event }) =>
        event.type === 'browser.pairing_code' ? event.pairingCode : context.pairingCode,
      qr: null,
    }),
    hideCodes: assign({ qr: null, pairingCode: null }),
    setPairWith: assign({
      pairWith: ({ context, event }) => (event.type === 'session.pair' ? event.phoneNumber : context.pairWith),
    }),
    clearPairWith: assign({ pairWith: null }),
    rememberAccount: assign(({ context, event }) => {
      if (event.type !== 'browser.ready') return {};
      const { account, capabilities = null } = event;
      return { account, capabilities, boundTo: account.hidesNumber === true ? context.boundTo : account.phoneNumber };
    }),
    unbind: assign({ boundTo: null }),
    forgetAccount: assign({ account: null }),
    noteSealed: assign({ credentials: 'durable' }),
    noteUnsealed: assign({ credentials: 'volatile' }),
    countAttempt: assign(({ context }) => ({
      attempt: context.attempt + 1,
      retryDelayMs: backoffMs(context, context.attempt + 1),
    })),
    retryAtOnce: assign({ retryDelayMs: 0 }),
    holdBack: assign(({ context }) => ({
      takeovers: context.takeovers + 1,
      retryDelayMs: context.limits.conflictHoldMs,
    })),
    forgetAttempts: assign({ attempt: 0, takeovers: 0, restarts: 0 }),
    countRestart: assign(({ context, event }) => ({
      attempt: 0,
      restarts: context.restarts + 1,
      retryDelayMs: event.type === 'supervisor.restart' ? event.delayMs : 0,
    })),
    countMiss: assign({ missed: ({ context }) => context.missed + 1 }),
    forgetMisses: assign({ missed: 0 }),
  },
}).createMachine({
  id: 'session',
  description: 'One WhatsApp session: a linked device that lives in a browser.',
  context: ({ input }) => ({
    ...input,
    browser: 0,
    closing: 0,
    reason: 'never_started',
    fault: null,
    qr: null,
    pairingCode: null,
    capabilities: null,
    attempt: 0,
    takeovers: 0,
    missed: 0,
    retryDelayMs: 0,
  }),
  invoke: { id: 'effects', src: 'effects' },
  initial: 'disconnected',
  on: {
    'session.stop': {
      description: 'Somebody wants it stopped.',
      target: '.disconnected.closing',
      actions: { type: 'setReason', params: { reason: 'stopped' } },
    },
    'session.evict': {
      description: 'It makes room for another session of its user.',
      target: '.disconnected.closing',
      actions: { type: 'setReason', params: { reason: 'evicted' } },
    },
    'session.restart': {
      description: 'A fresh browser, whatever the present one does.',
      target: '.disconnected.closing',
      actions: [{ type: 'setReason', params: { reason: 'queued' } }, 'forgetAttempts'],
    },
    'node.drain': {
      description: 'This node shuts down: give the browser back, and wait for a node to go on.',
      target: '.disconnected.closing',
      actions: { type: 'setReason', params: { reason: 'queued' } },
    },
    'node.rebalance': {
      description: 'Another node carries less: give the browser back here, and go on there.',
      target: '.disconnected.closing',
      actions: { type: 'setReason', params: { reason: 'queued' } },
    },
    'session.reconnect': {
      description: 'Reconnect now, without waiting for anything to be noticed.',
      target: '.reconnecting.closing',
      actions: ['clearReason', 'forgetAttempts', 'retryAtOnce'],
    },
    'session.pair': {
      description: 'Nobody waits for a scan at this moment: the next code is one to type.',
      actions: 'setPairWith',
    },
    'session.rebind': { description: 'Whatever phone is linked next may be another one.', actions: 'unbind' },
    'session.logout': [
      {
        description: 'Give the login up, once a fresh page has told WhatsApp.',
        guard: 'isListed',
        target: '.disconnected.logging_out.reaching',
        actions: ['unbind', { type: 'setReason', params: { reason: 'logged_out' } }],
      },
      {
        description: 'Give up what there is of a login: no phone lists this device.',
        target: '.disconnected.logging_out.closing',
        actions: ['unbind', { type: 'setReason', params: { reason: 'logged_out' } }],
      },
    ],
    'browser.fault': {
      description: 'Something went wrong that changes no state.',
      guard: 'isCurrentBrowser',
      actions: 'noteFault',
    },
    'credentials.sealed': {
      description: 'The vault holds the login: losing this machine no longer costs a scan.',
      actions: 'noteSealed',
    },
    'credentials.missing': {
      description: 'The vault holds no login of this session any more.',
      actions: 'noteUnsealed',
    },
    'browser.lost': [
      { description: 'It was given up already: stale news changes nothing.', guard: 'isStaleBrowser' },
      {
        description: 'The login is gone: erase what is left of it and wait for somebody to scan again.',
        guard: 'needsScan',
        target: '.disconnected.logging_out.closing',
        actions: ['noteFault', { type: 'setReason', params: { reason: 'logged_out' } }],
      },
      {
        description: 'A retry would not help, or harm.',
        guard: 'needsPerson',
        target: '.failed.closing',
        actions: ['noteFault', 'noteCause'],
      },
      {
        description: 'Opened elsewhere: hold back for a while, then take over, once.',
        guard: 'mayTakeOver',
        target: '.reconnecting.closing',
        actions: ['noteFault', 'noteCause', 'holdBack'],
      },
      {
        description: 'Taken again after it was taken over: two use this login, and a person must say which.',
        guard: 'wasTakenAgain',
        target: '.failed.closing',
        actions: ['noteFault', 'noteCause'],
      },
      {
        description: 'It may pass: try again, a little later each time.',
        guard: 'hasAttemptsLeft',
        target: '.reconnecting.closing',
        actions: ['noteFault', 'noteCause', 'countAttempt'],
      },
      {
        description: 'The network or WhatsApp is away for long, which says nothing against the session: rarer tries.',
        guard: 'isOutage',
        target: '.failed.closing',
        actions: ['noteFault', { type: 'setReason', params: { reason: 'network' } }],
      },
      {
        description: 'It did not pass in all the attempts there are.',
        target: '.failed.closing',
        actions: ['noteFault', { type: 'setReason', params: { reason: 'attempts_exhausted' } }],
      },
    ],
  },
  states: {
    disconnected: {
      description: 'No browser serves this session.',
      initial: 'never_started',
      on: {
        'session.start': {
          description: 'Somebody wants it running.',
          target: '.queued',
          actions: ['forgetAttempts', 'clearFault'],
        },
        'session.restart': {
          description: 'To restart what does not run is to start it.',
          target: '.queued',
          actions: ['forgetAttempts', 'clearFault'],
        },
        'session.reconnect': {
          description: 'To reconnect what does not run is to start it.',
          target: '.queued',
          actions: ['forgetAttempts', 'clearFault'],
        },
        'session.logout': [
          {
            description: 'Nothing runs: a page comes up once, to tell WhatsApp.',
            guard: 'isListed',
            target: '.logging_out.reaching',
            actions: ['unbind', { type: 'setReason', params: { reason: 'logged_out' } }],
          },
          {
            description: 'Nothing runs, and no phone lists it: only what is on the disk is to go.',
            target: '.logging_out.erasing',
            actions: ['unbind', { type: 'setReason', params: { reason: 'logged_out' } }],
          },
        ],
        'session.stop': { description: 'Shadows the root’s: it is not running already.' },
        'session.evict': { description: 'Shadows the root’s: it is not running already.' },
        'node.drain': { description: 'Shadows the root’s: there is no browser to give back.' },
        'node.rebalance': { description: 'Shadows the root’s: there is no browser to give back.' },
      },
      states: {
        never_started: {
          description: 'Nothing was asked of it yet, or not of this actor.',
          tags: ['settled', 'at_rest'],
          on: {
            'session.stop': { description: 'It was to be stopped before this actor began.', target: 'stopped' },
            'session.evict': { description: 'It was to make room before this actor began.', target: 'evicted' },
          },
        },
        queued: {
          description: 'Wanted, and waiting for its turn to launch.',
          tags: 'busy',
          entry: [{ type: 'setReason', params: { reason: 'queued' } }, 'requestLaunch'],
          exit: 'withdrawLaunch',
          on: {
            'launch.granted': { description: 'A launch slot is free.', target: '#session.authenticating' },
            'session.start': { description: 'Shadows that of disconnected: it is waiting already.' },
            'session.restart': { description: 'Shadows that of disconnected: it is waiting already.' },
            'session.reconnect': { description: 'Shadows that of disconnected: it is waiting already.' },
            'session.stop': { description: 'It need not launch any more.', target: 'stopped' },
            'session.evict': { description: 'It makes room before it has begun.', target: 'evicted' },
          },
        },
        closing: {
          description: 'The browser is being closed, so that the login is flushed to the disk.',
          tags: 'busy',
          entry: ['hideCodes', 'giveUpBrowser', 'closeBrowser'],
          after: {
            closeTimeout: {
              description: 'It would not die in time; the next launch will refuse to share its profile.',
              target: 'closed',
              actions: { type: 'noteTimeout', params: { what: 'Closing the browser' } },
            },
          },
          on: {
            'browser.closed': {
              description: 'No process of it is alive.',
              guard: 'isClosingBrowser',
              target: 'closed',
            },
            'session.start': {
              description: 'Wanted again while it was closing.',
              actions: { type: 'setReason', params: { reason: 'queued' } },
            },
            'session.restart': {
              description: 'Wanted again while it was closing.',
              actions: { type: 'setReason', params: { reason: 'queued' } },
            },
            'session.reconnect': {
              description: 'Wanted again while it was closing.',
              actions: { type: 'setReason', params: { reason: 'queued' } },
            },
            'session.stop': {
              description: 'No longer wanted.',
              actions: { type: 'setReason', params: { reason: 'stopped' } },
            },
            'session.evict': {
              description: 'No longer wanted here.',
              actions: { type: 'setReason', params: { reason: 'evicted' } },
            },
            'session.logout': [
              {
                description: 'The login is to go as well, once a fresh page has told WhatsApp.',
                guard: 'isListed',
                target: 'logging_out.reaching',
                actions: ['unbind', { type: 'setReason', params: { reason: 'logged_out' } }],
              },
              {
                description: 'The login is to go as well.',
                target: 'logging_out.closing',
                actions: ['unbind', { type: 'setReason', params: { reason: 'logged_out' } }],
              },
            ],
          },
        },
        closed: {
          description: 'Passed through: where to rest depends on why it was closed.',
          tags: 'busy',
          always: [
            { description: 'Stopped on request.', guard: 'wasStopped', target: 'stopped' },
            { description: 'Evicted.', guard: 'wasEvicted', target: 'evicted' },
            { description: 'Nobody scanned.', guard: 'wasIdle', target: 'qr_expired' },
            { description: 'Still wanted.', target: 'queued' },
          ],
        },
        logging_out: {
          description: 'The login is being given up. Nothing else is done before that has ended.',
          tags: 'busy',
          initial: 'closing',
          on: {
            'session.start': { description: 'Shadows that of disconnected: not before the login is gone.' },
            'session.restart': { description: 'Shadows that of disconnected: not before the login is gone.' },
            'session.reconnect': { description: 'Shadows that of disconnected: not before the login is gone.' },
            'session.logout': {
              description: 'A logout is under way. This one is on purpose, whatever led to that.',
              actions: 'unbind',
            },
            'session.pair': { description: 'Shadows the root’s: not before the login is gone.' },
            'credentials.sealed': { description: 'Shadows the root’s: the login that was sealed is about to go.' },
          },
          states: {
            reaching: {
              description: 'No page is linked now: one comes up, once and within a limit, only to tell WhatsApp.',
              initial: 'clearing',
              after: {
                reachTimeout: {
                  description: 'No page came up in time: the phone lists a dead device.',
                  target: 'closing',
                  actions: 'noteStillListed',
                },
              },
              states: {
                clearing: {
                  description: 'What is left of the last browser is being removed.',
                  entry: ['hideCodes', 'giveUpBrowser', 'closeBrowser'],
                  on: {
                    'browser.closed': {
                      description: 'No process of it is alive.',
                      guard: 'isClosingBrowser',
                      target: 'queued',
                    },
                  },
                },
                queued: {
                  description: 'Waiting for its turn to launch.',
                  entry: 'requestLaunch',
                  exit: 'withdrawLaunch',
                  on: {
                    'launch.granted': {
                      description: 'A launch slot is free.',
                      target: 'launching',
                      actions: ['countBrowser', 'openBrowser'],
                    },
                  },
                },
                launching: {
                  description: 'Browser and page come up, to be unlinked.',
                  on: {
                    'browser.authenticated': {
                      description: 'It is linked, which suffices.',
                      guard: 'isCurrentBrowser',
                      target: '#session.disconnected.logging_out.unlinking',
                    },
                    'browser.ready': {
                      description: 'It is linked and loaded.',
                      guard: 'isCurrentBrowser',
                      target: '#session.disconnected.logging_out.unlinking',
                    },
                    'browser.qr': {
                      description: 'The login did not hold: whether the phone lists it nobody can tell.',
                      guard: 'isCurrentBrowser',
                      target: '#session.disconnected.logging_out.closing',
                      actions: 'noteStillListed',
                    },
                    'browser.pairing_code': {
                      description: 'The login did not hold: whether the phone lists it nobody can tell.',
                      guard: 'isCurrentBrowser',
                      target: '#session.disconnected.logging_out.closing',
                      actions: 'noteStillListed',
                    },
                    'browser.lost': [
                      {
                        description: 'The phone has removed it already.',
                        guard: 'isCurrentLogout',
                        target: '#session.disconnected.logging_out.closing',
                      },
                      {
                        description: 'The page did not come up: the phone lists a dead device.',
                        guard: 'isCurrentBrowser',
                        target: '#session.disconnected.logging_out.closing',
                        actions: 'noteStillListed',
                      },
                    ],
                  },
                },
              },
            },
            unlinking: {
              description: 'The page tells WhatsApp to remove this device.',
              entry: 'unlinkBrowser',
              after: {
                unlinkTimeout: {
                  description: 'WhatsApp was perhaps not told: the phone may list a dead device.',
                  target: 'closing',
                  actions: 'noteStillListed',
                },
              },
              on: {
                'browser.unlinked': { description: 'WhatsApp knows.', guard: 'isCurrentBrowser', target: 'closing' },
                'browser.unlink_failed': {
                  description: 'WhatsApp could not be told: the phone may list a dead device.',
                  guard: 'isCurrentBrowser',
                  target: 'closing',
                  actions: 'noteStillListed',
                },
                'browser.lost': {
                  description: 'The page went away with its login.',
                  guard: 'isCurrentBrowser',
                  target: 'closing',
                },
              },
            },
            closing: {
              description: 'The browser must be dead before its files go.',
              entry: ['hideCodes', 'giveUpBrowser', 'closeBrowser'],
              after: {
                closeTimeout: {
                  description: 'It would not die in time; erasing refuses as long as it lives.',
                  target: 'erasing',
                  actions: { type: 'noteTimeout', params: { what: 'Closing the browser' } },
                },
              },
              on: {
                'browser.closed': {
                  description: 'No process of it is alive.',
                  guard: 'isClosingBrowser',
                  target: 'erasing',
                },
              },
            },
            erasing: {
              description: 'The login on the disk is being destroyed.',
              entry: 'eraseProfile',
              after: {
                eraseTimeout: {
                  description: 'The login could not be destroyed: a person must look.',
                  target: '#session.failed.parked',
                  actions: [
                    { type: 'setReason', params: { reason: 'internal_error' } },
                    { type: 'noteTimeout', params: { what: 'Erasing the login' } },
                  ],
                },
              },
              on: {
                'profile.erased': {
                  description: 'Nothing is left of the login.',
                  target: '#session.disconnected.logged_out',
                  actions: ['forgetAccount', 'noteUnsealed', 'clearPairWith'],
                },
              },
            },
          },
        },
        stopped: {
          description: 'Stopped on request. The login is kept.',
          tags: ['settled', 'at_rest'],
          entry: { type: 'setReason', params: { reason: 'stopped' } },
        },
        logged_out: {
          description: 'The login is gone: a start shows a QR code.',
          tags: ['settled', 'at_rest', 'needs_scan'],
          on: { 'credentials.sealed': { description: 'Shadows the root’s: it comes late, that login is gone.' } },
        },
        qr_expired: {
          description: 'Nobody scanned while the code was shown, so it gave its browser back.',
          tags: ['settled', 'at_rest', 'needs_scan'],
        },
        evicted: {
          description: 'Stopped to make room for another session of its user. The login is kept.',
          tags: ['settled', 'at_rest'],
          entry: { type: 'setReason', params: { reason: 'evicted' } },
        },
      },
    },
    authenticating: {
      description: 'On its way to ready, or to a code to scan.',
      tags: 'busy',
      initial: 'launching',
      entry: 'clearReason',
      on: {
        'browser.ready': [
          {
            description: 'Linked, but to another phone.',
            guard: 'isOtherAccount',
            target: '#session.failed.refusing',
            actions: 'noteOtherAccount',
          },
          { description: 'Linked and loaded.', guard: 'isCurrentBrowser', target: 'ready' },
        ],
      },
      states: {
        launching: {
          description: 'Browser and page come up.',
          entry: ['countBrowser', 'openBrowser'],
          after: {
            launchTimeout: {
              description: 'No sign of life from the page.',
              actions: { type: 'loseByTimeout', params: { cause: 'launch_timeout' } },
            },
          },
          on: {
            'browser.qr': {
              description: 'No login here: somebody must scan.',
              guard: 'isCurrentBrowser',
              target: '#session.waiting_qr',
              actions: ['showQr', 'pairIfAsked'],
            },
            'browser.pairing_code': {
              description: 'No login here: somebody must type the code.',
              guard: 'isCurrentBrowser',
              target: '#session.waiting_qr.pairing',
              actions: 'showPairingCode',
            },
            'browser.authenticated': {
              description: 'The login was accepted.',
              guard: 'isCurrentBrowser',
              target: 'syncing',
            },
            'session.logout': {
              description: 'The page is on its way up: it tells WhatsApp as soon as it is linked.',
              guard: 'isListed',
              target: '#session.disconnected.logging_out.reaching.launching',
              actions: ['unbind', { type: 'setReason', params: { reason: 'logged_out' } }],
            },
          },
        },
        syncing: {
          description: 'Linked; the chats are loading.',
          after: {
            syncTimeout: {
              description: 'The chats have stopped loading.',
              actions: { type: 'loseByTimeout', params: { cause: 'sync_timeout' } },
            },
          },
          on: {
            'browser.progress': {
              description: 'They load on: its time counts anew.',
              guard: 'isCurrentBrowser',
              target: 'syncing',
              reenter: true,
            },
            'session.logout': {
              description: 'It is linked: tell WhatsApp first, then give the login up.',
              target: '#session.disconnected.logging_out.unlinking',
              actions: ['unbind', { type: 'setReason', params: { reason: 'logged_out' } }],
            },
            'browser.qr': {
              description: 'The scan came to nothing: a new code.',
              guard: 'isCurrentBrowser',
              target: '#session.waiting_qr',
              actions: ['showQr', 'pairIfAsked'],
            },
            'browser.pairing_code': {
              description: 'The code came to nothing: a new one to type.',
              guard: 'isCurrentBrowser',
              target: '#session.waiting_qr.pairing',
              actions: 'showPairingCode',
            },
          },
        },
      },
    },
    waiting_qr: {
      description: 'Shows a code, which a person must scan or type into the phone.',
      tags: ['settled', 'needs_scan'],
      initial: 'scan',
      entry: ['clearReason', 'noteUnsealed'],
      exit: 'hideCodes',
      after: {
        qrWindow: {
          description: 'Nobody came: give the browser back.',
          target: '#session.disconnected.closing',
          actions: { type: 'setReason', params: { reason: 'qr_expired' } },
        },
      },
      on: {
        'browser.qr': { description: 'A new code.', guard: 'isCurrentBrowser', target: '.scan', actions: 'showQr' },
        'browser.pairing_code': {
          description: 'A code to type.',
          guard: 'isCurrentBrowser',
          target: '.pairing',
          actions: 'showPairingCode',
        },
        'session.pair': { description: 'Link by a code instead of a scan.', actions: ['setPairWith', 'pairBrowser'] },
        'session.logout': [
          {
            description: 'The login of before did not hold: no page can tell WhatsApp, whose phone perhaps lists it.',
            guard: 'isListed',
            target: '#session.disconnected.logging_out.closing',
            actions: ['unbind', 'noteStillListed', { type: 'setReason', params: { reason: 'logged_out' } }],
          },
          {
            description: 'No phone lists it: only the browser is to go.',
            target: '#session.disconnected.logging_out.closing',
            actions: ['unbind', { type: 'setReason', params: { reason: 'logged_out' } }],
          },
        ],
        'browser.scanned': {
          description: 'Scanned: the code is spent, and nobody has to come any more.',
          guard: 'isCurrentBrowser',
          target: 'authenticating.syncing',
        },
        'browser.authenticated': {
          description: 'Linked.',
          guard: 'isCurrentBrowser',
          target: 'authenticating.syncing',
        },
        'browser.ready': [
          {
            description: 'Linked, but to another phone.',
            guard: 'isOtherAccount',
            target: '#session.failed.refusing',
            actions: 'noteOtherAccount',
          },
          { description: 'Scanned and loaded at once.', guard: 'isCurrentBrowser', target: 'ready' },
        ],
      },
      states: {
        scan: { description: 'A QR code is shown.' },
        pairing: { description: 'A pairing code is shown.' },
      },
    },
    ready: {
      description: 'Linked and loaded: messages flow.',
      tags: ['settled', 'connected'],
      initial: 'online',
      entry: ['clearReason', 'clearFault', 'clearPairWith', 'rememberAccount', 'forgetMisses'],
      after: {
        stableAfter: { description: 'It has held: earlier failures are forgotten.', actions: 'forgetAttempts' },
      },
      on: {
        'browser.ready': [
          {
            description: 'The page is linked to another phone now.',
            guard: 'isOtherAccount',
            target: '#session.failed.refusing',
            actions: 'noteOtherAccount',
          },
          {
            description: 'The page says so again: take the name it gives now.',
            guard: 'isCurrentBrowser',
            actions: 'rememberAccount',
          },
        ],
        'session.rebind': { description: 'Shadows the root’s: it is linked, and bound to that phone.' },
        'session.logout': {
          description: 'Tell WhatsApp first, then give the login up.',
          target: 'disconnected.logging_out.unlinking',
          actions: ['unbind', { type: 'setReason', params: { reason: 'logged_out' } }],
        },
        'session.pair': { description: 'Shadows the root’s: it is linked already.' },
        'session.renew': {
          description: 'The browser has grown old or fat: a fresh one, while nothing is going on.',
          target: 'reconnecting.closing',
          actions: ['clearReason', 'retryAtOnce'],
        },
      },
      states: {
        online: {
          description: 'The last probe was answered.',
          on: {
            'probe.missed': [
              { description: 'One miss is allowed and this was it.', guard: 'isLastMiss', actions: 'loseByProbe' },
              {
                description: 'It did not answer once.',
                guard: 'isCurrentBrowser',
                target: 'unstable',
                actions: 'countMiss',
              },
            ],
          },
        },
        unstable: {
          description: 'A probe was missed, or the socket is opening again.',
          on: {
            'probe.answered': {
              description: 'It answers again.',
              guard: 'isCurrentBrowser',
              target: 'online',
              actions: 'forgetMisses',
            },
            'probe.missed': [
              { description: 'That is once too often.', guard: 'isLastMiss', actions: 'loseByProbe' },
              { description: 'Still no answer.', guard: 'isCurrentBrowser', actions: 'countMiss' },
            ],
          },
        },
      },
    },
    reconnecting: {
      description: 'It was lost to something that passes; it comes back by itself, or asks for a person.',
      tags: 'busy',
      initial: 'closing',
      on: {
        'browser.ready': [
          {
            description: 'Linked, but to another phone.',
            guard: 'isOtherAccount',
            target: '#session.failed.refusing',
            actions: 'noteOtherAccount',
          },
          { description: 'It is back.', guard: 'isCurrentBrowser', target: 'ready' },
        ],
      },
      states: {
        closing: {
          description: 'What is left of the lost browser is being removed.',
          entry: ['hideCodes', 'giveUpBrowser', 'closeBrowser'],
          after: {
            closeTimeout: {
              description: 'It would not die in time; the next launch will refuse to share its profile.',
              target: 'backoff',
              actions: { type: 'noteTimeout', params: { what: 'Closing the browser' } },
            },
          },
          on: {
            'browser.closed': {
              description: 'No process of it is alive.',
              guard: 'isClosingBrowser',
              target: 'backoff',
            },
          },
        },
        backoff: {
          description: 'Waiting a little longer after each failure.',
          after: { retryDelay: { description: 'Time for the next attempt.', target: 'queued' } },
          on: { 'session.reconnect': { description: 'Do not wait.', target: 'queued' } },
        },
        queued: {
          description: 'Waiting for its turn to launch.',
          entry: 'requestLaunch',
          exit: 'withdrawLaunch',
          on: {
            'launch.granted': { description: 'A launch slot is free.', target: 'attempting' },
            'session.reconnect': { description: 'Shadows the root’s: it is about to.' },
          },
        },
        attempting: {
          description: 'A fresh browser on the same login.',
          initial: 'launching',
          states: {
            launching: {
              description: 'Browser and page come up.',
              entry: ['countBrowser', 'openBrowser'],
              after: {
                launchTimeout: {
                  description: 'No sign of life from the page.',
                  actions: { type: 'loseByTimeout', params: { cause: 'launch_timeout' } },
                },
              },
              on: {
                'browser.qr': {
                  description: 'The login did not hold: somebody must scan.',
                  guard: 'isCurrentBrowser',
                  target: '#session.waiting_qr',
                  actions: ['showQr', 'pairIfAsked'],
                },
                'browser.pairing_code': {
                  description: 'The login did not hold: somebody must type the code.',
                  guard: 'isCurrentBrowser',
                  target: '#session.waiting_qr.pairing',
                  actions: 'showPairingCode',
                },
                'browser.authenticated': {
                  description: 'The login was accepted.',
                  guard: 'isCurrentBrowser',
                  target: 'syncing',
                },
                'session.logout': {
                  description: 'The page is on its way up: it tells WhatsApp as soon as it is linked.',
                  guard: 'isListed',
                  target: '#session.disconnected.logging_out.reaching.launching',
                  actions: ['unbind', { type: 'setReason', params: { reason: 'logged_out' } }],
                },
              },
            },
            syncing: {
              description: 'Linked; the chats are loading.',
              after: {
                syncTimeout: {
                  description: 'The chats have stopped loading.',
                  actions: { type: 'loseByTimeout', params: { cause: 'sync_timeout' } },
                },
              },
              on: {
                'browser.progress': {
                  description: 'They load on: its time counts anew.',
                  guard: 'isCurrentBrowser',
                  target: 'syncing',
                  reenter: true,
                },
                'session.logout': {
                  description: 'It is linked: tell WhatsApp first, then give the login up.',
                  target: '#session.disconnected.logging_out.unlinking',
                  actions: ['unbind', { type: 'setReason', params: { reason: 'logged_out' } }],
                },
                'browser.qr': {
                  description: 'The scan came to nothing: a new code.',
                  guard: 'isCurrentBrowser',
                  target: '#session.waiting_qr',
                  actions: ['showQr', 'pairIfAsked'],
                },
                'browser.pairing_code': {
                  description: 'The code came to nothing: a new one to type.',
                  guard: 'isCurrentBrowser',
                  target: '#session.waiting_qr.pairing',
                  actions: 'showPairingCode',
                },
              },
            },
          },
        },
      },
    },
    failed: {
      description: 'The session could not help itself.',
      initial: 'closing',
      on: {
        'session.start': {
          description: 'Somebody wants another try.',
          target: 'disconnected.closing',
          actions: [{ type: 'setReason', params: { reason: 'queued' } }, 'forgetAttempts', 'clearFault'],
        },
        'node.drain': { description: 'Shadows the root’s: there is no browser to give back.' },
        'node.rebalance': { description: 'Shadows the root’s: there is no browser to give back.' },
      },
      states: {
        closing: {
          description: 'What is left of the browser is being removed.',
          tags: 'busy',
          entry: ['hideCodes', 'giveUpBrowser', 'closeBrowser'],
          after: {
            closeTimeout: {
              description: 'It would not die in time.',
              target: 'closed',
              actions: { type: 'noteTimeout', params: { what: 'Closing the browser' } },
            },
          },
          on: {
            'browser.closed': {
              description: 'No process of it is alive.',
              guard: 'isClosingBrowser',
              target: 'closed',
            },
          },
        },
        refusing: {
          description: 'Another phone was linked than its own. Nothing else is done before that is undone.',
          tags: 'busy',
          initial: 'unlinking',
          on: {
            'session.start': { description: 'Shadows that of failed: not before the other phone is unlinked.' },
            'session.restart': { description: 'Shadows the root’s: not before the other phone is unlinked.' },
            'session.reconnect': { description: 'Shadows the root’s: not before the other phone is unlinked.' },
            'session.stop': { description: 'Shadows the root’s: not before the other phone is unlinked.' },
            'session.evict': { description: 'Shadows the root’s: not before the other phone is unlinked.' },
            'session.logout': { description: 'Shadows the root’s: not before the other phone is unlinked.' },
            'session.pair': { description: 'Shadows the root’s: not before the other phone is unlinked.' },
            'session.rebind': { description: 'Shadows the root’s: it has come too late for this phone.' },
            'credentials.sealed': { description: 'Shadows the root’s: nothing of this phone is kept.' },
          },
          states: {
            unlinking: {
              description: 'The page tells WhatsApp to remove this device from the other phone.',
              entry: ['hideCodes', 'unlinkBrowser'],
              after: {
                unlinkTimeout: {
                  description: 'WhatsApp was perhaps not told: the other phone may list a dead device.',
                  target: 'closing',
                  actions: 'noteNewcomerListed',
                },
              },
              on: {
                'browser.unlinked': { description: 'WhatsApp knows.', guard: 'isCurrentBrowser', target: 'closing' },
                'browser.unlink_failed': {
                  description: 'WhatsApp could not be told: the other phone may list a dead device.',
                  guard: 'isCurrentBrowser',
                  target: 'closing',
                  actions: 'noteNewcomerListed',
                },
                'browser.lost': {
                  description: 'The page went away with the other phone’s login.',
                  guard: 'isCurrentBrowser',
                  target: 'closing',
                },
                'browser.fault': { description: 'Shadows the root’s: what was refused is told already.' },
              },
            },
            closing: {
              description: 'The browser must be dead before its files go.',
              entry: ['hideCodes', 'giveUpBrowser', 'closeBrowser'],
              after: {
                closeTimeout: {
                  description: 'It would not die in time; erasing refuses as long as it lives.',
                  target: 'erasing',
                  actions: { type: 'noteTimeout', params: { what: 'Closing the browser' } },
                },
              },
              on: {
                'browser.closed': {
                  description: 'No process of it is alive.',
                  guard: 'isClosingBrowser',
                  target: 'erasing',
                },
              },
            },
            erasing: {
              description: 'The other phone’s login on the disk is being destroyed.',
              entry: 'discardProfile',
              after: {
                eraseTimeout: { description: 'The next start finds it revoked.', target: '#session.failed.parked' },
              },
              on: {
                'profile.erased': { description: 'Nothing is left of it.', target: '#session.failed.parked' },
              },
            },
          },
        },
        closed: {
          description: 'Passed through: is it worth a later try?',
          tags: 'busy',
          always: [
            { description: 'The supervisor decides.', guard: 'mayPass', target: 'judging' },
            { description: 'Only a person can help.', target: 'parked' },
          ],
        },
        judging: {
          description: 'The supervisor weighs it against the restarts it had.',
          tags: 'busy',
          entry: 'requestVerdict',
          after: { verdictTimeout: { description: 'No verdict: leave it to a person.', target: 'parked' } },
          on: {
            'supervisor.restart': { description: 'Once more, later.', target: 'resting', actions: 'countRestart' },
            'supervisor.park': {
              description: 'It failed too often in too short a time.',
              target: 'parked',
              actions: { type: 'setReason', params: { reason: 'restarts_exhausted' } },
            },
          },
        },
        resting: {
          description: 'Waiting for the supervisor’s restart.',
          tags: 'busy',
          after: { retryDelay: { description: 'Time for the restart.', target: '#session.reconnecting.queued' } },
        },
        parked: { description: 'It stays so until somebody starts it.', tags: ['settled', 'at_rest'] },
      },
    },
  },
});
