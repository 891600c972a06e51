import type { SessionEvent } from '../../../machines/session.machine.ts';
import type { Clock } from '../../domain/clock.ts';
import { withDeadline } from '../../domain/deadline.ts';
import { every, type Recurring } from '../../domain/every.ts';
import type { Telemetry } from '../../observability/telemetry.ts';
import type { Fault } from '../../whatsapp/device.ts';
import type { DeviceService, ReadyDevice } from './device-service.ts';

export interface StorageServiceOptions {
  readonly clock: Clock;
  /** Whether the place of the profiles has too little room. */
  readonly isPlaceShort: () => boolean;
  /** Names the session among those of its node. */
  readonly key: string;
  /** The sessions of this node whose pages store nothing. */
  readonly notStoring: Set<string>;
  /** What the page stores does not reach the disk; or does again. */
  readonly trust: (stores: boolean) => void;
  readonly tell: (event: SessionEvent) => void;
  readonly telemetry: Pick<Telemetry, 'renewed'>;
}

const LOOK_MS = 5_000;
/** Between two questions to a page that stores nothing. */
const BROKEN_MS = 10_000;
/** And while there is too little room: each question takes some of it. The first comes at once. */
const SUSPECT_MS = 60_000;
/** Between two questions to any other: the mark that is stored makes the login one to be sealed anew. */
const CALM_MS = 1_800_000;
/** What a page stores is on the disk within a second. */
const DEADLINE_MS = 10_000;

const FULL: Fault = {
  code: 'STORAGE_FULL',
  message: 'The place of the browser profiles is full: nothing that WhatsApp Web stores is kept. Make room there.',
};
const NOT_STORED: Fault = {
  code: 'NOT_STORED',
  message: 'What WhatsApp Web stores does not reach the disk, though there is room: its browser is replaced.',
};

/**
 * Finds out whether what a ready page stores is kept: asks rarely, and again and again once the place of the profiles
 * was short. A browser that was refused once may store nothing for the rest of its life.
 */
export class StorageService implements DeviceService {
  readonly #options: StorageServiceOptions;
  #watched: { readonly number: number; readonly looking: Recurring } | null = null;

  constructor(options: StorageServiceOptions) {
    this.#options = options;
  }

  onReady({ number, device }: ReadyDevice): void {
    if (this.#watched?.number === number) return;
    this.#stop();
    const { clock, key, notStoring, isPlaceShort } = this.#options;
    let isSuspect = false;
    let askedAt = clock.now();
    const ask = async (signal: AbortSignal): Promise<void> => {
      askedAt = clock.now();
      const stores = await withDeadline(DEADLINE_MS, signal, (within) => device.call('isStoring', null, within));
      if (signal.aborted) return;
      isSuspect = !stores || isPlaceShort();
      this.#hear(number, stores);
    };
    const looking = every(
      clock,
      LOOK_MS,
      (signal) => {
        if (!isSuspect && isPlaceShort()) {
          isSuspect = true;
          return ask(signal);
        }
        const apartMs = notStoring.has(key) ? BROKEN_MS : isSuspect ? SUSPECT_MS : CALM_MS;
        return clock.now() - askedAt < apartMs ? undefined : ask(signal);
      },
      // A page that does not answer is the probes' to find.
      { onError: () => undefined },
    );
    this.#watched = { number, looking };
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

  #hear(browser: number, stores: boolean): void {
    const { key, notStoring, isPlaceShort, trust, tell, telemetry } = this.#options;
    const stored = !notStoring.has(key);
    if (stores) notStoring.delete(key);
    else notStoring.add(key);
    if (stores !== stored) {
      trust(stores);
      if (!stores) tell({ type: 'browser.fault', browser, fault: isPlaceShort() ? FULL : NOT_STORED });
    } else if (!stores && !isPlaceShort()) {
      // Asked twice: it may have begun to store just after the first time. Only a fresh browser will now.
      telemetry.renewed('storage');
      tell({ type: 'session.renew' });
    }
  }

  /** The number stays known, so that what is told late of a device that is gone starts nothing. */
  #stop(): void {
    void this.#watched?.looking.stop();
    this.#options.notStoring.delete(this.#options.key);
  }
}
