import type { Reason, SessionTag } from '../domain/session.ts';

/** A state as the fields of a session's record. */
export interface StateFields {
  readonly value: string;
  /** Empty for none. */
  readonly reason: Reason | '';
  /** JSON. */
  readonly tags: string;
}

interface State {
  readonly value: string;
  readonly reason: Reason | null;
  readonly tags: readonly SessionTag[];
}

export function stateFields({ value, reason, tags }: State): StateFields {
  return { value, reason: reason ?? '', tags: JSON.stringify(tags) };
}
