import type { Session } from '../src/client/index.ts';

/** Where the login of a session is: sealed in the vault, only in a browser's profile, or nowhere. */
export type Login = 'sealed' | 'unsealed' | 'none';

export function loginOf({ durable, phoneNumber }: Pick<Session, 'durable' | 'phoneNumber'>): Login {
  if (phoneNumber === null) return 'none';
  return durable ? 'sealed' : 'unsealed';
}
