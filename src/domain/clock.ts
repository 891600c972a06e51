/** Time as it is passed in. XState takes it as its clock. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  // Only what `setTimeout` above has returned comes back here.
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

/** For durations: counts milliseconds from some moment in the past, and nobody who sets the computer's clock moves it. */
export const monotonicClock: Clock = { ...systemClock, now: () => performance.now() };
