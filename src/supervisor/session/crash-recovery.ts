import type { Clock } from '../../domain/clock.ts';
import type { SnapshotRecorder } from './snapshot-recorder.ts';

interface CrashRecoveryOptions {
  readonly recorder: Pick<SnapshotRecorder, 'recordError'>;
  /** Number of the last intent acted upon. */
  readonly handledSeq: number;
  readonly clock: Clock;
  readonly requestVerdict: () => void;
  readonly verdictTimeoutMs: number;
}

type Verdict =
  | { readonly kind: 'restart'; readonly delayMs: number }
  | { readonly kind: 'park' }
  | { readonly kind: 'cut' };

/**
 * The end of a run whose machine erred, which is a bug: with no machine left to say so, this says `failed`, and waits
 * as long as the supervisor's restarts demand, exactly as a session that failed by itself.
 */
export class CrashRecovery {
  readonly #options: CrashRecoveryOptions;
  readonly #cut = new AbortController();
  #decide: (verdict: Verdict) => void = () => undefined;

  constructor(options: CrashRecoveryOptions) {
    this.#options = options;
  }

  /** `again`: the wait is over, or there is a newer intent. `parked`: it stays failed until somebody starts it. */
  async wait(): Promise<'again' | 'parked'> {
    const { recorder, handledSeq, requestVerdict, verdictTimeoutMs } = this.#options;
    recorder.recordError({ value: 'failed.judging', reason: 'internal_error', delayMs: null, handledSeq });
    const verdict = await this.#verdict(requestVerdict, verdictTimeoutMs);
    if (verdict.kind === 'cut') return 'again';
    if (verdict.kind === 'park') {
      recorder.recordError({ value: 'failed.parked', reason: 'restarts_exhausted', delayMs: null, handledSeq });
      return 'parked';
    }
    recorder.recordError({ value: 'failed.resting', reason: 'internal_error', delayMs: verdict.delayMs, handledSeq });
    await this.#rest(verdict.delayMs);
    return 'again';
  }

  restartIn(delayMs: number): void {
    this.#decide({ kind: 'restart', delayMs });
  }

  park(): void {
    this.#decide({ kind: 'park' });
  }

  /** Waits no longer: there is a newer intent, or the node shuts down. */
  cut(): void {
    this.#decide({ kind: 'cut' });
    this.#cut.abort();
  }

  /** No verdict in time: leave it to a person. */
  async #verdict(request: () => void, timeoutMs: number): Promise<Verdict> {
    const decided = new Promise<Verdict>((resolve) => (this.#decide = resolve));
    if (this.#cut.signal.aborted) return { kind: 'cut' };
    const { clock } = this.#options;
    const timer = clock.setTimeout(() => this.park(), timeoutMs);
    request();
    return decided.finally(() => clock.clearTimeout(timer));
  }

  /** Over when it is cut, too. */
  async #rest(ms: number): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#cut;
    let timer: unknown;
    await new Promise<void>((resolve) => {
      if (signal.aborted) return resolve();
      timer = clock.setTimeout(resolve, ms);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    clock.clearTimeout(timer);
  }
}
