import { z } from 'zod';

import { engineSchema } from '../domain/driver-traits.ts';
import { SupervisorError } from '../domain/errors.ts';
import type { SessionIntent } from '../domain/session-intent.ts';
import type { Session, SessionAddress } from '../domain/session.ts';
import { EMPTY_DETAIL, type StoredSession } from './session-hash.ts';

/** A record says what this build cannot read: a newer one has written it, or it is damaged. Nobody runs it here. */
export class UnreadableRecordError extends SupervisorError {
  readonly code = 'UNREADABLE_RECORD';
  constructor({ id }: SessionAddress, cause: unknown) {
    super(`This build cannot read the record of session "${id}": ${faultIn(cause)}.`, { cause });
  }
}

const NO_INTENT: SessionIntent = {
  desired: 'stopped',
  intentSeq: 0,
  handledSeq: 0,
  restart: 0,
  reconnect: 0,
  logout: 0,
  pair: 0,
  evict: 0,
  rebind: 0,
  pairWith: null,
  erased: 0,
  owner: null,
  epoch: 0,
};

const whole = (least: number) => z.coerce.number().int().min(least).catch(least);
const instant = z.coerce.number().max(253_402_300_799_999).catch(0);

/** What can be told of it: that it is there, and that it cannot be read. */
export function unreadableSession(
  address: SessionAddress,
  fields: Record<string, string>,
  cause: unknown,
): StoredSession {
  const at = (field: string): string => new Date(instant.parse(fields[field])).toISOString();
  const { message, code } = new UnreadableRecordError(address, cause);
  const session: Session = {
    ...address,
    ...EMPTY_DETAIL,
    engine: engineSchema.catch('browser').parse(fields['engine']),
    state: 'failed',
    value: 'failed.unreadable',
    tags: ['settled'],
    since: at('since'),
    desired: fields['desired'] === 'running' ? 'running' : 'stopped',
    reason: 'internal_error',
    queue: null,
    lastError: { code, message, at: at('updatedAt') },
    nodeId: fields['nodeId'] === undefined || fields['nodeId'] === '' ? null : fields['nodeId'],
    epoch: whole(0).parse(fields['epoch']),
    rev: whole(1).parse(fields['rev']),
    metadata: {},
    createdAt: at('createdAt'),
    updatedAt: at('updatedAt'),
  };
  return { session, boundTo: null, intent: { ...NO_INTENT, epoch: session.epoch } };
}

/** Where the fault is, without what stands there. */
function faultIn(cause: unknown): string {
  if (!(cause instanceof z.ZodError)) return 'it is damaged';
  const [issue] = cause.issues;
  return issue === undefined ? 'it is damaged' : `${issue.path.join('.') || 'the record'} is not understood`;
}
