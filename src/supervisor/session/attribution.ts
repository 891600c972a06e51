import { AsyncLocalStorage } from 'node:async_hooks';

const behind = new AsyncLocalStorage<string>();

/**
 * Runs `work` for one session: an error that nobody catches in it, or in whatever it starts, can be told to be that
 * session's.
 */
export function onBehalfOf<T>(key: string, work: () => T): T {
  return behind.run(key, work);
}

/**
 * `sessionKey()` of the session on whose behalf the present code runs; `undefined` when it is nobody's. In the handler
 * of an unhandled rejection it is the rejection's.
 */
export function sessionBehind(): string | undefined {
  return behind.getStore();
}
