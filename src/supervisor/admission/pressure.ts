import type { Clock } from '../../domain/clock.ts';
import { every, type Recurring } from '../../domain/every.ts';
import type { HostLoad } from '../../host/host-load.ts';
import type { Pressure } from '../../domain/node-states.ts';
import { PressureGauge, type PressureThresholds, type PressureReading } from './pressure-gauge.ts';

interface PressureWatchOptions {
  readonly clock: Clock;
  readonly marks: PressureThresholds;
  /** Must be quick and not throw. */
  readonly readLoad: () => HostLoad;
  /** Only when the level changes, which is `normal` at first. It may stop the watch. Must not throw. */
  readonly onChange: (level: Pressure, reading: PressureReading) => void;
}

const SAMPLE_EVERY_MS = 1_000;

/**
 * Looks each second how full this machine or container is, and says when that begins or ceases to forbid a launch.
 * Running sessions are never touched for it. The first look is in a turn after the construction; none after `stop`.
 */
export class PressureWatch {
  readonly #options: PressureWatchOptions;
  readonly #gauge: PressureGauge;
  readonly #sampling: Recurring;
  #level: Pressure = 'normal';
  #lastAt: number;

  constructor(options: PressureWatchOptions) {
    this.#options = options;
    this.#gauge = new PressureGauge(options.marks);
    this.#lastAt = options.clock.now();
    this.#sampling = every(options.clock, SAMPLE_EVERY_MS, () => this.#look(), { firstMs: 0 });
  }

  stop(): void {
    void this.#sampling.stop();
  }

  #look(): void {
    const { clock, readLoad, onChange } = this.#options;
    const now = clock.now();
    const reading = this.#gauge.add(readLoad(), now - this.#lastAt);
    this.#lastAt = now;
    if (reading.level === this.#level) return;
    this.#level = reading.level;
    onChange(reading.level, reading);
  }
}
