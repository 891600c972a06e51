import type { Pressure } from '../../domain/node-states.ts';

/** What may be too short for a launch. */
type Hold = 'load' | 'storage';

/** Launches are held back while anything is short. */
export class LaunchHolds {
  readonly #onChange: (level: Pressure) => void;
  readonly #short = new Set<Hold>();

  /** @param onChange hears of each change; the level is `normal` at first. */
  constructor(onChange: (level: Pressure) => void) {
    this.#onChange = onChange;
  }

  set(hold: Hold, isShort: boolean): void {
    const before = this.#short.size > 0;
    if (isShort) this.#short.add(hold);
    else this.#short.delete(hold);
    const now = this.#short.size > 0;
    if (now !== before) this.#onChange(now ? 'high' : 'normal');
  }
}
