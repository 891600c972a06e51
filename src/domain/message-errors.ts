import { SupervisorError, type Retry } from './errors.ts';

export class MessageNotFoundError extends SupervisorError {
  readonly code = 'NOT_FOUND';
  constructor() {
    super('The session has no such message, or it is not kept any more.');
  }
}

/** The session has as many messages that are not settled as it may have. */
export class OutboxFullError extends SupervisorError {
  readonly code = 'OUTBOX_FULL';
  override readonly retry: Retry = { kind: 'later', afterMs: 10_000 };
  constructor(limit: number) {
    super(`${limit} of ${limit} messages of this session are still to be sent.`);
  }
}

/** The key was used for another message. */
export class IdempotencyMismatchError extends SupervisorError {
  readonly code = 'IDEMPOTENCY_MISMATCH';
  constructor() {
    super('This Idempotency-Key stands for another message already.');
  }
}

export class AlreadySendingError extends SupervisorError {
  readonly code = 'ALREADY_SENDING';
  constructor(status: string) {
    super(`The message is ${status}: only what is queued can be taken back.`);
  }
}

export class NotUnknownError extends SupervisorError {
  readonly code = 'NOT_UNKNOWN';
  constructor(status: string) {
    super(`The message is ${status}: only of an unknown one a person says what became of it.`);
  }
}

export class NotRevocableError extends SupervisorError {
  readonly code = 'NOT_REVOCABLE';
  constructor(why: string) {
    super(`The message cannot be taken back for everybody: ${why}.`);
  }
}

export class MediaTooLargeError extends SupervisorError {
  readonly code = 'PAYLOAD_TOO_LARGE';
  constructor(mostBytes: number) {
    super(`The file is larger than ${mostBytes} bytes.`);
  }
}

/** A URL of media leads where it must not. */
export class MediaUrlRefusedError extends SupervisorError {
  readonly code = 'MEDIA_URL_REFUSED';
}
