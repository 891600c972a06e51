import { parseSessionKey, sessionIdSchema } from '../../domain/session.ts';
import { InvalidRequestError } from './request-errors.ts';

/** Makes the store's cursor opaque: clients must not build on its form. */
export function sealCursor(cursor: string | null): string | null {
  return cursor === null ? null : Buffer.from(cursor).toString('base64url');
}

/**
 * The store's cursor in a client's; `undefined` when there is none. Throws {@link InvalidRequestError} for one that
 * this listing never gave.
 */
export function openCursor(sealed: string | undefined, isOwn: (cursor: string) => boolean): string | undefined {
  if (sealed === undefined) return undefined;
  const cursor = Buffer.from(sealed, 'base64url').toString();
  // base64url is forgiving: only what encodes to the same text again was ours.
  if (sealCursor(cursor) !== sealed || !isOwn(cursor)) {
    throw new InvalidRequestError([
      { path: 'cursor', message: 'is not a cursor of this listing: send a nextCursor as it was' },
    ]);
  }
  return cursor;
}

export const isUsersCursor = (cursor: string): boolean => sessionIdSchema.safeParse(cursor).success;

export function isEverybodysCursor(cursor: string): boolean {
  try {
    return isUsersCursor(parseSessionKey(cursor).id);
  } catch {
    return false;
  }
}

/** History is read by rev. Above 15 digits numbers are no longer exact. */
export const isHistoryCursor = (cursor: string): boolean => /^[1-9]\d{0,14}$/.test(cursor);

/** Of what Redis keeps in a stream. */
export const isStreamCursor = (cursor: string): boolean => /^\d{1,15}-\d{1,15}$/.test(cursor);
