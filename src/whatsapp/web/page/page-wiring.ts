import { setTimeout as sleep } from 'node:timers/promises';
import { isNavigation, lossOf } from '../faults.ts';
import { INTERNALS_CHANGED, NEVER_CONNECTED, PAGE_NEVER_CAME_UP, type Loss } from '../loss-causes.ts';
import { IS_REACHED, LOOK, MARK_WIRED, NUDGE, WATCH, type Sight } from './page-scripts.ts';

const LOOK_EVERY_MS = 100;
/** A heavy account takes long to be made ready after a nudge; a second one meanwhile would do it all twice. */
const NUDGES_APART_MS = 10_000;

/**
 * States from which the library knows what to do. In all others it would take an unpaired page for a paired one, or
 * wait for ever.
 */
const SETTLED: ReadonlySet<string> = new Set(['UNPAIRED', 'UNPAIRED_IDLE', 'CONNECTED']);

/** What is needed of a page here. */
export interface ScriptedPage {
  evaluate(script: string): Promise<unknown>;
}

export interface WiringOptions {
  readonly page: () => ScriptedPage | null;
  /** The library's own `inject`. */
  readonly inject: () => Promise<void>;
  readonly pageMs: number;
  readonly nudgeMs: number;
  readonly isOver: () => boolean;
  readonly onLoss: (loss: Loss) => void;
}

/**
 * Wires each document once, in place of the library's bare `inject()`, which is called on every navigation, of frames
 * too, without anybody who catches what it throws. Waits for the page first, so that the library never waits inside a
 * call; begins anew when the page is replaced meanwhile.
 */
export class PageWiring {
  readonly #options: WiringOptions;
  #running: Promise<void> | null = null;
  #again = false;
  #nudge: NodeJS.Timeout | undefined;

  constructor(options: WiringOptions) {
    this.#options = options;
  }

  /** Never rejects: what fails is told by `onLoss`. Calls while it runs are taken together. */
  wire(): Promise<void> {
    this.#again = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** The page says it has synced: unless the library says so too, it is told. */
  expectReady(): void {
    this.#nudgeIn(this.#options.nudgeMs);
  }

  /** The library has noticed, or nothing matters any more. */
  settle(): void {
    clearTimeout(this.#nudge);
  }

  async #run(): Promise<void> {
    const end = performance.now() + this.#options.pageMs;
    while (this.#again && !this.#options.isOver()) {
      this.#again = false;
      try {
        await this.#wireDocument(end);
      } catch (error) {
        if (this.#options.isOver()) return;
        if (!isNavigation(error) || performance.now() >= end) return this.#options.onLoss(lossOf(error));
        this.#again = true;
        await sleep(LOOK_EVERY_MS);
      }
    }
  }

  async #wireDocument(end: number): Promise<void> {
    const page = this.#options.page();
    if (page === null) return;
    for (;;) {
      const sight = (await page.evaluate(LOOK)) as Sight;
      if (this.#options.isOver()) return;
      if (sight.kind === 'up') {
        await page.evaluate(WATCH);
        if (sight.isWired) return;
        if (SETTLED.has(sight.state)) break;
      }
      if (performance.now() >= end)
        return this.#options.onLoss(sight.kind === 'up' ? NEVER_CONNECTED : PAGE_NEVER_CAME_UP);
      await sleep(LOOK_EVERY_MS);
    }
    try {
      await this.#options.inject();
    } catch (error) {
      if (performance.now() >= end || !(await wasReplacedUnder(page, error))) throw error;
      this.#again = true;
      return;
    }
    // The library notices nothing where its last calls find another document than its first: nobody listens there.
    if (await page.evaluate(MARK_WIRED)) this.expectReady();
    else this.#again = true;
  }

  #nudgeIn(ms: number): void {
    this.settle();
    this.#nudge = setTimeout(() => {
      const page = this.#options.page();
      if (this.#options.isOver() || page === null) return;
      // Before wiring the function is missing, and a page that is gone needs none: both fail, and neither matters.
      page.evaluate(NUDGE).catch(() => {});
      this.#nudgeIn(NUDGES_APART_MS);
    }, ms);
  }
}

/**
 * Whether a call of the library has failed only because the page was replaced: of a call under way the browser says so,
 * but the library's next one runs in the new document, and misses there what the one before it made.
 */
export async function wasReplacedUnder(page: ScriptedPage, error: unknown): Promise<boolean> {
  if (isNavigation(error)) return true;
  if (lossOf(error) !== INTERNALS_CHANGED) return false;
  return page.evaluate(IS_REACHED).then((isReached) => isReached === false, isNavigation);
}
