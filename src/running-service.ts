/** One process of the service, with all its parts. */
export interface Service {
  /** Where it listens, such as `http://127.0.0.1:3000`. Throws before the end of the start. */
  readonly url: string;
  /** Resolves once it listens. Rejects with a `SupervisorError` that says what to do; `stop` then ends what came up. */
  start(): Promise<void>;
  /**
   * Ends it in order, while it starts as well. `announced`: HTTP is served on for a while first, so that whoever sends
   * requests here notices; sessions are handed over meanwhile. Never rejects; repeated calls share one end.
   */
  stop(how?: 'at once' | 'announced'): Promise<void>;
  /** Takes an error that nobody caught, when it struck a session that runs here. Returns `false` otherwise. */
  heal(error: Error): boolean;
}
