/** Whether the same call may succeed later, and when it makes sense to try. */
export type Retry = { readonly kind: 'never' } | { readonly kind: 'later'; readonly afterMs: number };

const later = (afterMs: number): Retry => ({ kind: 'later', afterMs });

/** Every error this service raises on purpose. `code` is stable; the message holds the numbers. */
export abstract class SupervisorError extends Error {
  abstract readonly code: string;
  /** Answers carry it as `Retry-After`. An error that says nothing else is final. */
  readonly retry: Retry = { kind: 'never' };
  override get name(): string {
    return this.constructor.name;
  }
}

export class SessionNotFoundError extends SupervisorError {
  readonly code = 'SESSION_NOT_FOUND';
  constructor(id: string) {
    super(`There is no session "${id}".`);
  }
}

export class NotWaitingQrError extends SupervisorError {
  readonly code = 'NOT_WAITING_QR';
  readonly state: string;
  constructor(state: string) {
    super(`The session is ${state}: it shows a QR or pairing code only while it is waiting_qr.`);
    this.state = state;
  }
}

/** Another phone is to be linked since: the session shows a code for one number at a time. */
export class OvertakenError extends SupervisorError {
  readonly code = 'OVERTAKEN';
  constructor() {
    super('A code for another phone number was asked for since: this one will not come.');
  }
}

/** It needs a page that is open and linked, at once. */
export class NotReadyError extends SupervisorError {
  readonly code = 'NOT_READY';
  readonly state: string;
  constructor(state: string, why = `The session is ${state}: this needs one that is ready.`) {
    super(why);
    this.state = state;
  }
}

/** The message is none of the session's, as far as can be told. */
export class MessageNotFoundError extends SupervisorError {
  readonly code = 'NOT_FOUND';
  constructor() {
    super('There is no such message.');
  }
}

/** WhatsApp has these media no more. */
export class MediaExpiredError extends SupervisorError {
  readonly code = 'MEDIA_EXPIRED';
  constructor() {
    super('WhatsApp does not have these media any more.');
  }
}

export class RateLimitedError extends SupervisorError {
  readonly code = 'RATE_LIMITED';
  override readonly retry: Retry;
  constructor(what: string, afterMs: number) {
    super(what);
    this.retry = later(afterMs);
  }
}

export class UserLimitError extends SupervisorError {
  readonly code = 'USER_LIMIT';
  readonly limit: number;
  constructor(limit: number) {
    super(`This user already runs ${limit} of ${limit} sessions. Stop one first.`);
    this.limit = limit;
  }
}

export class PoolFullError extends SupervisorError {
  readonly code = 'POOL_FULL';
  override readonly retry: Retry;
  readonly limit: number;
  /** `afterMs`: when there may be a place again. */
  constructor(limit: number, afterMs: number) {
    super(`All ${limit} of ${limit} sessions are in use. A place may be free in ${Math.ceil(afterMs / 1_000)} s.`);
    this.limit = limit;
    this.retry = later(afterMs);
  }
}

export class DrainingError extends SupervisorError {
  readonly code = 'DRAINING';
  override readonly retry = later(5_000);
  constructor() {
    super('This node is shutting down.');
  }
}

export class StoreUnavailableError extends SupervisorError {
  readonly code = 'STORE_UNAVAILABLE';
  override readonly retry = later(2_000);
  /** `refuses_writes`: it answers, but has no room or no way to keep anything. */
  constructor(cause: unknown, how: 'silent' | 'refuses_writes' = 'silent') {
    super(
      how === 'silent'
        ? 'The store does not answer.'
        : 'The store cannot keep anything now: its disk or its memory is full.',
      { cause },
    );
  }
}

export class DeletionPendingError extends SupervisorError {
  readonly code = 'DELETION_PENDING';
  override readonly retry = later(1_000);
  constructor(id: string) {
    super(`The former session "${id}" is still being deleted.`);
  }
}

export class DeadlineError extends SupervisorError {
  readonly code = 'TIMEOUT';
  override readonly retry = later(1_000);
  constructor(what: string, ms: number) {
    super(`${what} took longer than ${ms} ms.`);
  }
}

/** A write was refused: a newer owner has the session. The holder must let go of it and say nothing more. */
export class FencedError extends SupervisorError {
  readonly code = 'FENCED';
  constructor(key: string, epoch: number) {
    super(`Epoch ${epoch} of session ${key} is no longer the newest.`);
  }
}

/** The thrown value as an `Error`: whatsapp-web.js throws bare strings. */
export function ensureError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new Error(typeof thrown === 'string' ? thrown : `Something that is no error was thrown: ${String(thrown)}`, {
    cause: thrown,
  });
}
