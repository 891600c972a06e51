import type { Clock } from '../domain/clock.ts';
import { withDeadline } from '../domain/deadline.ts';
import { FencedError } from '../domain/errors.ts';
import type { Ack, PageItem } from '../domain/message.ts';
import type { SessionAddress } from '../domain/session.ts';
import type { StoredMessage } from '../store/message-hash.ts';
import type { MessageStore } from '../store/message-store.ts';
import type { CallName, DeviceCalls } from '../whatsapp/device-calls.ts';
import type { LinkedDevice } from '../whatsapp/device.ts';
import type { Brake } from './brake.ts';
import type { HandOver } from './hand-over.ts';
import type { OutboxCounts } from '../domain/outbox-counts.ts';
import type { OutboxLedger } from './outbox-ledger.ts';
import { AckWaits } from './ack-waits.ts';
import { endOverdue } from './end-overdue.ts';
import { nextTurn, whereToFind } from './outbox-order.ts';
import { Wake } from './wake.ts';
import { canSend } from './sending-page.ts';

export interface OutboxOptions {
  readonly address: SessionAddress;
  readonly clock: Clock;
  readonly store: MessageStore;
  readonly ledger: OutboxLedger;
  readonly handOver: HandOver;
  readonly brake: Brake;
  readonly counts: OutboxCounts;
  /**
   * From when on the profile knows of everything that was handed to its pages (ms since 1970); `null`: nobody knows. An
   * older hand-over that it knows nothing of may be out all the same.
   */
  readonly profileSince: () => number | null;
  readonly end: () => void;
  readonly onFenced: () => void;
  readonly onError: (error: unknown) => void;
}

interface Ready {
  readonly number: number;
  readonly device: Pick<LinkedDevice, 'call'>;
  /** Of the linked account. */
  readonly phoneNumber: string;
}

interface Run extends Ready {
  readonly stop: AbortController;
  readonly bell: Wake;
  /** The first that this page may have been handed. */
  readonly since: number;
}

const CALL_MS = 20_000;
/** Whoever rings may not be heard. */
const LOOK_AGAIN_MS = 30_000;
/** After a call that failed: the page may be loading anew. */
const RETRY_MS = 2_000;
/** How often what nobody knows the end of is looked up, and how long a page may take to have what it was handed. */
const LOOK_UP_MS = 60_000;
const FOUND_AT_ONCE = 200;

/**
 * Sends what is wanted of one session through whichever page is ready: one message at a time, each under an id that was
 * written down before. Before anything goes out, what nobody knows the end of is looked up.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  #run: Run | null = null;
  /** What is in the air: its outcome is written down before it ends. */
  #inTheAir: Promise<unknown> = Promise.resolve();
  /** Messages that a page said it may take later, and when (ms since 1970). */
  readonly #putOff = new Map<string, number>();
  readonly #waits = new AckWaits();
  #wasChanged = true;
  #lookedUpAt = 0;
  /** The last device whose page was found able to send. */
  #checked: number | null = null;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  onReady(ready: Ready): void {
    if (this.#run?.number === ready.number) return this.#run.bell.ring();
    this.#stop();
    const run = { ...ready, stop: new AbortController(), bell: new Wake(), since: this.#options.clock.now() };
    this.#run = run;
    this.#waits.forget();
    this.#follow(run).catch((error: unknown) => this.#fail(error));
  }

  /** Something was asked of it; `changed`: of messages that it knows already. */
  ring(what: 'new' | 'changed'): void {
    if (what === 'changed') this.#wasChanged = true;
    this.#run?.bell.ring();
  }

  onLost(): void {
    this.#stop();
  }

  /** Nothing more is handed over. {@link settled} tells when what is in the air has come down. */
  onClosing(): void {
    this.#stop();
  }

  settled(): Promise<unknown> {
    return this.#inTheAir;
  }

  end(): void {
    this.#stop();
    this.#options.end();
  }

  /** WhatsApp's acknowledgements, in whatever order. */
  async takeAcks(acks: readonly { readonly waId: string; readonly ack: Ack }[]): Promise<void> {
    const { ledger, brake, clock, counts } = this.#options;
    for (const { waId, ack } of acks) {
      const message = await ledger.find(waId);
      if (message === null || ack === 0) continue;
      const waitedMs = this.#waits.end(message.id, clock.now());
      if (waitedMs !== null) counts.step('ack', waitedMs);
      await ledger.apply(message, { type: 'ack.received', ack });
      if (ack < 0) await brake.refused();
      else await brake.taken();
    }
    this.#run?.bell.ring();
  }

  /** What came in: who wrote may be answered whatever is restricted. */
  async notice(items: readonly PageItem[]): Promise<void> {
    const { store, address, clock, brake } = this.#options;
    const writers = items.flatMap((item) =>
      item.kind === 'message' && !item.message.fromMe ? [item.message.chatId] : [],
    );
    await store.noteWriters(address, [...new Set(writers)], clock.now());
    for (const item of items) if (item.kind === 'restricted') await brake.hold(Date.parse(item.until));
  }

  #stop(): void {
    this.#run?.stop.abort();
    this.#run = null;
  }

  async #follow(run: Run): Promise<void> {
    const { clock, onError } = this.#options;
    const { signal } = run.stop;
    this.#wasChanged = true;
    this.#lookedUpAt = 0;
    while (!signal.aborted) {
      run.bell.rest();
      let pauseMs = RETRY_MS;
      try {
        pauseMs = await this.#step(run);
      } catch (error) {
        if (error instanceof FencedError) throw error;
        if (signal.aborted) return;
        onError(error);
      }
      if (pauseMs > 0) await run.bell.wait(clock, Math.min(pauseMs, LOOK_AGAIN_MS), signal);
    }
  }

  /** Does one thing, and says after how many milliseconds there may be another. */
  async #step(run: Run): Promise<number> {
    const { clock, ledger } = this.#options;
    const all = this.#wasChanged;
    this.#wasChanged = false;
    await ledger.load(all).catch((error: unknown) => {
      this.#wasChanged ||= all;
      throw error;
    });
    const at = clock.now();
    if (this.#checked !== run.number) {
      if (!(await canSend((name) => this.#call(run, name, null)))) {
        await ledger.hold('page');
        return LOOK_AGAIN_MS;
      }
      this.#checked = run.number;
    }
    if (this.#lookedUpAt === 0 || at - this.#lookedUpAt >= LOOK_UP_MS) {
      await this.#lookUp(run);
      this.#lookedUpAt = at;
    }
    await endOverdue(ledger, run.phoneNumber, at);
    await this.#seeToAcks(run);
    if (run.stop.signal.aborted) return 0;
    const { next, heldByChat, until } = nextTurn(ledger.open, { at, putOff: this.#putOff, left: this.#waits.left });
    for (const held of heldByChat)
      if (held.heldBy !== 'chat') await ledger.apply(held, { type: 'message.held', by: 'chat' });
    if (next === null) {
      await ledger.hold(null);
      return Math.max(1, Math.min(until, this.#waits.dueAt) - at);
    }
    return this.#send(run, next);
  }

  async #send(run: Run, message: StoredMessage): Promise<number> {
    const { handOver, ledger, clock, brake } = this.#options;
    const sending = handOver.send(message, run, run.stop.signal);
    this.#inTheAir = sending.catch(() => undefined);
    const outcome = await sending;
    const at = clock.now();
    switch (outcome.kind) {
      case 'done':
        this.#putOff.delete(message.id);
        await ledger.hold(null);
        if (outcome.message.status === 'sending') this.#waits.begin(message.id, at);
        // Whether it went out after all can be asked at once.
        if (outcome.message.status === 'unknown') this.#lookedUpAt = 0;
        if (outcome.message.errorCode === 'REFUSED') await brake.refused();
        if (outcome.message.errorCode === 'RESTRICTED') await brake.restricted();
        return outcome.message.status === 'unknown' ? RETRY_MS : 0;
      case 'held': {
        const { by, until, scope } = outcome;
        if (scope === 'message') {
          this.#putOff.set(message.id, until);
          await ledger.apply(message, { type: 'message.held', by });
          return 0;
        }
        await ledger.hold(by);
        return Math.max(1, until - at);
      }
      case 'later':
        this.#putOff.set(message.id, at + RETRY_MS);
        return 0;
      case 'changed':
        this.#wasChanged = true;
        return 0;
    }
  }

  /** Asks the page for everything that may be out. A page that knows nothing of it says so only of what it was handed. */
  async #lookUp(run: Run): Promise<void> {
    const { ledger, profileSince, clock } = this.#options;
    const open = ledger.open.filter(({ status }) => status === 'sending' || status === 'unknown');
    const asked = open.filter(({ kind }) => kind === 'message');
    for (let index = 0; index < asked.length; index += FOUND_AT_ONCE) {
      const some = asked.slice(index, index + FOUND_AT_ONCE);
      const found = await this.#call(run, 'find', whereToFind(some));
      if (found.kind === 'unsupported') return;
      const acks = new Map(found.rows.map(({ waId, ack }) => [waId, ack]));
      for (const message of some) {
        const ack = acks.get(message.waId);
        if (ack !== undefined) {
          const after = await ledger.apply(message, { type: 'lookup.found', ack });
          if (after?.status !== 'sending') this.#waits.end(message.id, clock.now());
          else if ((message.beganAt ?? 0) < run.since) this.#waits.find(message.id, clock.now());
          else if (!this.#waits.has(message.id)) this.#waits.begin(message.id, clock.now());
          continue;
        }
        const beganAt = message.beganAt ?? 0;
        // The page that it was handed to may be slow: it is not asked to have it, before it has had the time.
        if (beganAt >= run.since && clock.now() - beganAt < LOOK_UP_MS) continue;
        const since = profileSince();
        const isCertain = since !== null && beganAt >= since;
        await ledger.apply(message, { type: 'lookup.missing', certain: isCertain });
      }
    }
    // Of what was to be done to another message no page can tell: done twice it is the same.
    for (const action of open.filter(({ kind }) => kind !== 'message'))
      await ledger.apply(action, { type: 'lookup.missing', certain: true });
  }

  async #seeToAcks(run: Run): Promise<void> {
    const { ledger, clock, handOver } = this.#options;
    for (const id of this.#waits.overdue(clock.now())) {
      const message = ledger.open.find((one) => one.id === id && one.status === 'sending');
      if (message === undefined) {
        this.#waits.end(id, clock.now());
        continue;
      }
      // Without a connection no acknowledgement can come: then the time begins anew.
      if ((await this.#call(run, 'probe', null)).kind !== 'alive') {
        this.#waits.begin(id, clock.now());
        continue;
      }
      const found = await this.#call(run, 'find', whereToFind([message]));
      const ack = found.kind === 'found' ? found.rows[0]?.ack : undefined;
      const present = ack === undefined ? message : await ledger.apply(message, { type: 'lookup.found', ack });
      const again = present?.status === 'sending' ? await ledger.apply(present, { type: 'ack.overdue' }) : null;
      const after = again?.status === 'sending' ? await handOver.repeat(again, run, run.stop.signal) : null;
      if (after?.status === 'sending') this.#waits.begin(id, clock.now());
      else this.#waits.end(id, clock.now());
    }
  }

  #call<Name extends CallName>(
    { device, stop }: Run,
    name: Name,
    request: DeviceCalls[Name]['request'],
  ): Promise<DeviceCalls[Name]['result']> {
    return withDeadline(CALL_MS, stop.signal, (signal) => device.call(name, request, signal));
  }

  #fail(error: unknown): void {
    if (error instanceof FencedError) return this.#options.onFenced();
    this.#options.onError(error);
  }
}
