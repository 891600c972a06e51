import type { Clock } from '../domain/clock.ts';
import { withDeadline } from '../domain/deadline.ts';
import { FencedError } from '../domain/errors.ts';
import type { Ack, PageItem } from '../domain/message.ts';
import type { InboxState } from '../store/message-log.ts';
import { throughOutages } from '../store/through-outages.ts';
import type { DeviceCalls } from '../whatsapp/device-calls.ts';
import type { LinkedDevice } from '../whatsapp/device.ts';
import { incomingOf, type Incoming, type ToldItem } from './incoming-items.ts';
import { Wake } from './wake.ts';

/** What of a session's inbox is counted, without whose it is. */
export interface InboxCounts {
  readonly backfilled: (count: number) => void;
  readonly duplicates: (count: number) => void;
}

export interface InboxOptions {
  readonly clock: Clock;
  readonly readState: () => Promise<InboxState>;
  /** Writes down when the session was linked (ms). Rejects with a `FencedError` where somebody newer owns it. */
  readonly noteLink: (at: number) => Promise<void>;
  /** Tells in one step what is news of it, in order; the same errors. */
  readonly tell: (incoming: readonly Incoming[], watermark: number) => Promise<{ told: number; duplicates: number }>;
  /** Takes acknowledgements of what we sent, in order; the same errors. */
  readonly takeAcks: (acks: readonly { readonly waId: string; readonly ack: Ack }[]) => Promise<void>;
  /** Hears of what was taken in, in order. */
  readonly onTaken: (items: readonly PageItem[]) => Promise<void>;
  readonly counts: InboxCounts;
  /** Something came in. */
  readonly onActivity: () => void;
  readonly onFenced: () => void;
  readonly onError: (error: unknown) => void;
}

interface Ready {
  readonly number: number;
  readonly device: Pick<LinkedDevice, 'call'>;
}

const CALL_MS = 20_000;
/** The page rings a bell; where that is lost, it is asked anyway. */
const LOOK_AGAIN_MS = 15_000;
/** After a call that failed: the page may be loading anew. */
const RETRY_MS = 2_000;
const PULLED_AT_ONCE = 100;
/** Messages that one backfill tells at most. */
const BACKFILL = 1_000;
/** How much further back than the newest message a backfill looks: WhatsApp delivers out of order. */
const OVERLAP_MS = 300_000;

/**
 * Takes in what the page of a ready session hears: each thing once and in order, however often the page, a page after
 * it or one on another node says it. It asks the page, which keeps everything until it is confirmed, so that a flood
 * waits there and not here; at each ready it looks at what came before.
 */
export class Inbox {
  readonly #options: InboxOptions;
  #run: { readonly number: number; readonly stop: AbortController; readonly bell: Wake } | null = null;
  #linkedAt: Promise<number> | null = null;
  /** When the page said last that it is ready, until what came before is told (ms). */
  #readyAt: number | null = null;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /** The phone has linked this device just now: what is older than that is not told. */
  onScanned(): void {
    const at = this.#options.clock.now();
    const noted = throughOutages(() => this.#options.noteLink(at), { signal: NEVER }).then(() => at);
    // Whoever waits for it hears of it.
    noted.catch(() => undefined);
    this.#linkedAt = noted;
  }

  onReady({ number, device }: Ready): void {
    this.#readyAt = this.#options.clock.now();
    if (this.#run?.number === number) return this.#run.bell.ring();
    this.#stop();
    const run = { number, stop: new AbortController(), bell: new Wake() };
    this.#run = run;
    this.#follow(device, run.stop.signal, run.bell).catch((error: unknown) => this.#fail(error));
  }

  /** There is something to pull. */
  ring(): void {
    this.#run?.bell.ring();
  }

  onLost(): void {
    this.#stop();
  }

  onClosing(): void {
    this.#stop();
  }

  end(): void {
    this.#stop();
  }

  #stop(): void {
    this.#run?.stop.abort();
    this.#run = null;
  }

  async #follow(device: Ready['device'], signal: AbortSignal, bell: Wake): Promise<void> {
    const { clock, onError } = this.#options;
    let confirm: number | null = null;
    let backfilledAt: number | null = null;
    while (!signal.aborted) {
      bell.rest();
      let pauseMs = LOOK_AGAIN_MS;
      try {
        const arrivedBefore = this.#readyAt ?? Number.NEGATIVE_INFINITY;
        if (this.#readyAt !== null && this.#readyAt !== backfilledAt) {
          backfilledAt = this.#readyAt;
          await this.#backfill(device, signal, arrivedBefore, false).catch((error: unknown) => {
            backfilledAt = null;
            throw error;
          });
        }
        const request: DeviceCalls['pull']['request'] = { confirm, limit: PULLED_AT_ONCE };
        const pulled = await this.#call(device, 'pull', request, signal);
        // What the page could not hold is told before what came after it.
        if (pulled.overflowed > 0) await this.#backfill(device, signal, arrivedBefore, true);
        await this.#take(pulled.items, arrivedBefore, signal);
        confirm = pulled.upTo;
        if (pulled.items.length > 0) continue;
        // All that the page had heard when it became ready is told.
        if (arrivedBefore === this.#readyAt) this.#readyAt = null;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof FencedError) throw error;
        onError(error);
        pauseMs = RETRY_MS;
      }
      await bell.wait(clock, pauseMs, signal);
    }
  }

  /**
   * Tells what the page's list holds since the newest that was told. `all`: some of what came lately is known to be
   * missing, so it goes on until there is nothing more.
   */
  async #backfill(device: Ready['device'], signal: AbortSignal, arrivedBefore: number, all: boolean): Promise<void> {
    const { readState, clock } = this.#options;
    const linkedAt = await this.#linkTime(signal);
    const { watermark } = await throughOutages(readState, { signal });
    let since = Math.max(linkedAt, (watermark ?? clock.now()) - OVERLAP_MS);
    for (;;) {
      const found = await this.#call(device, 'recent', { since, limit: BACKFILL }, signal);
      if (found.kind === 'unsupported') return;
      const items = found.items.map((message) => ({ kind: 'message', message }) as const);
      await this.#take(items, arrivedBefore, signal);
      const last = found.items.at(-1);
      if (!all || last === undefined || found.items.length < BACKFILL) return;
      // A second may hold more than one page does: what is left of it cannot be had.
      since = Math.max(since + 1_000, Date.parse(last.timestamp));
    }
  }

  async #take(items: readonly PageItem[], arrivedBefore: number, signal: AbortSignal): Promise<void> {
    if (items.length === 0) return;
    const { clock, tell, takeAcks, onTaken, counts, onActivity, onError } = this.#options;
    const linkedAt = await this.#linkTime(signal);
    const incoming = items.flatMap((item) => (isTold(item) ? [incomingOf(item, arrivedBefore)] : []));
    const ours = incoming.filter(({ at }) => at >= linkedAt);
    const times = incoming.map(({ at }) => at).filter((at) => at <= clock.now());
    const { told, duplicates } = await throughOutages(() => tell(ours, Math.max(linkedAt, ...times)), { signal });
    counts.duplicates(duplicates);
    if (told > 0) {
      counts.backfilled(Math.min(told, ours.filter(({ at }) => at < arrivedBefore).length));
      onActivity();
    }
    await throughOutages(() => onTaken(items), { signal });
    const acks = items.flatMap((item) => (item.kind === 'ack' ? [item] : []));
    if (acks.length > 0) await throughOutages(() => takeAcks(acks), { signal });
    for (const item of items)
      if (item.kind === 'unreadable') onError(new Error(`Something came that cannot be read: ${item.why}`));
  }

  /** In whole seconds, as WhatsApp counts. Where no scan was seen, the session begins for us when it is ready first. */
  async #linkTime(signal: AbortSignal): Promise<number> {
    const { readState, noteLink, clock } = this.#options;
    this.#linkedAt ??= throughOutages(readState, { signal }).then(async ({ linkedAt }) => {
      if (linkedAt !== null) return linkedAt;
      const at = this.#readyAt ?? clock.now();
      await throughOutages(() => noteLink(at), { signal });
      return at;
    });
    try {
      return Math.floor((await this.#linkedAt) / 1_000) * 1_000;
    } catch (error) {
      this.#linkedAt = null;
      throw error;
    }
  }

  #call<Name extends 'pull' | 'recent'>(
    device: Ready['device'],
    name: Name,
    request: DeviceCalls[Name]['request'],
    until: AbortSignal,
  ): Promise<DeviceCalls[Name]['result']> {
    return withDeadline(CALL_MS, until, (signal) => device.call(name, request, signal));
  }

  #fail(error: unknown): void {
    if (error instanceof FencedError) return this.#options.onFenced();
    this.#options.onError(error);
  }
}

const NEVER = new AbortController().signal;

function isTold(item: PageItem): item is ToldItem {
  return item.kind !== 'ack' && item.kind !== 'unreadable';
}
