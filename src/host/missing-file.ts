import { ensureError } from '../domain/errors.ts';

/** `null` where there is no such file. */
export async function unlessGone<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (thrown) {
    if (isGone(thrown)) return null;
    throw thrown;
  }
}

/** Whether a call failed because a file, or a directory on the way to it, is not there. */
export function isGone(thrown: unknown): boolean {
  const error: NodeJS.ErrnoException = ensureError(thrown);
  return error.code === 'ENOENT';
}
