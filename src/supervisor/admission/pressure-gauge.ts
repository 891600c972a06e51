import type { HostLoad } from '../../host/host-load.ts';
import type { Pressure } from '../../domain/node-states.ts';

/** From which part in use on a resource is short, 0 to 1; 0 is never. */
export interface PressureThresholds {
  readonly memory: number;
  readonly cpu: number;
}

export interface PressureReading {
  /** `high` when either resource is short. */
  readonly level: Pressure;
  /** The resources that are short. */
  readonly short: readonly Resource[];
  /** Smoothed; `null` where it cannot be told. */
  readonly load: HostLoad;
}

type Resource = keyof HostLoad;

interface Tuning {
  /** A step in the load shows by 63 % after this. */
  readonly timeConstantMs: number;
  /**
   * Once short, a resource is so until its load is below this part of its mark: else each launch that is let through
   * would stop the next.
   */
  readonly releaseAt: number;
  /** What the load is taken to have been before the first sample; `null`: as that sample. */
  readonly before: number | null;
}

const TUNING: Readonly<Record<Resource, Tuning>> = {
  /**
   * What is used stays used, and a launch takes its share within seconds: smoothed only against a single spike. Below
   * 80 % at a mark of 90 %.
   */
  memory: { timeConstantMs: 2_000, releaseAt: 0.8 / 0.9, before: null },
  /**
   * Below 80 % at a mark of 95 %. A launch keeps a core busy for 3 to 7 s, and `MAX_CONCURRENT_LAUNCHES` of them all
   * cores: that is not pressure, it is what that limit is for. With 20 s a machine that is 80 % busy all the time is
   * short after 27 s of full load, an idle one after a minute; one that then falls to a third is not any more after 6
   * s.
   */
  cpu: { timeConstantMs: 20_000, releaseAt: 0.8 / 0.95, before: 0 },
};

const RESOURCES = ['memory', 'cpu'] as const satisfies readonly Resource[];

/**
 * Turns samples of the load, which may come late, into whether there is room for a launch: smoothed, and with a band in
 * which nothing changes.
 */
export class PressureGauge {
  readonly #marks: PressureThresholds;
  readonly #smoothed = new Map<Resource, number>();
  readonly #short = new Set<Resource>();

  constructor(marks: PressureThresholds) {
    this.#marks = marks;
  }

  /** @param elapsedMs since the sample before. */
  add(sample: HostLoad, elapsedMs: number): PressureReading {
    for (const resource of RESOURCES) this.#addOne(resource, sample[resource], elapsedMs);
    return {
      level: this.#short.size > 0 ? 'high' : 'normal',
      short: RESOURCES.filter((resource) => this.#short.has(resource)),
      load: { memory: this.#smoothed.get('memory') ?? null, cpu: this.#smoothed.get('cpu') ?? null },
    };
  }

  #addOne(resource: Resource, sample: number | null, elapsedMs: number): void {
    if (sample === null) return this.#forget(resource);
    const { timeConstantMs, releaseAt, before } = TUNING[resource];
    const last = this.#smoothed.get(resource) ?? before ?? sample;
    // One sample, however late, weighs no more than one time constant: a clock that is set forward makes nothing short.
    const weight = 1 - Math.exp(-Math.min(Math.max(elapsedMs, 0), timeConstantMs) / timeConstantMs);
    const load = last + (sample - last) * weight;
    this.#smoothed.set(resource, load);
    const mark = this.#marks[resource];
    if (mark > 0 && load >= mark) this.#short.add(resource);
    else if (load < mark * releaseAt) this.#short.delete(resource);
  }

  /** What cannot be told stops nobody. */
  #forget(resource: Resource): void {
    this.#smoothed.delete(resource);
    this.#short.delete(resource);
  }
}
