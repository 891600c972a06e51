/** The end of a wait: of the transition that waits for it, or of something that a state shows. */
export interface ChartTimer {
  readonly state: string;
  /** Name of the delay; `null` when the state itself shows something that ends. */
  readonly delay: string | null;
  readonly secondsLeft: number;
}

/** The transitions of a step, to be marked as taken. */
export interface Taken {
  readonly edges: readonly string[];
  /** Different each time, so that the same transition flashes again. */
  readonly key: string | number;
}
