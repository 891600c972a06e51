import { SupervisorError, type Retry } from '../../domain/errors.ts';

/** No token, or one that is not accepted. The message never says whether what was asked for exists. */
export class UnauthenticatedError extends SupervisorError {
  readonly code = 'UNAUTHENTICATED';
  /** Whether a token was sent at all (RFC 6750, section 3: no error code without one). */
  readonly sent: boolean;
  constructor(message: string, { sent, cause }: { sent: boolean; cause?: unknown }) {
    super(message, { cause });
    this.sent = sent;
  }
}

/** The keys that tokens are checked with cannot be fetched: that is not the caller's fault. */
export class TokenKeysUnavailableError extends SupervisorError {
  readonly code = 'AUTH_UNAVAILABLE';
  override readonly retry: Retry = { kind: 'later', afterMs: 5_000 };
  constructor(cause: unknown) {
    super('The identity provider does not answer, so no token can be checked now.', { cause });
  }
}

export class ForbiddenError extends SupervisorError {
  readonly code = 'FORBIDDEN';
}

export class RouteNotFoundError extends SupervisorError {
  readonly code = 'NOT_FOUND';
  constructor() {
    super('There is no such route.');
  }
}

export class MethodNotAllowedError extends SupervisorError {
  readonly code = 'METHOD_NOT_ALLOWED';
  readonly allowed: readonly string[];
  constructor(allowed: readonly string[]) {
    super(`This route takes ${allowed.join(', ')}.`);
    this.allowed = allowed;
  }
}

/**
 * One thing that is wrong with a request. `path` names the field: `metadata.team`, `limit`, `content-type`; empty for
 * the whole body.
 */
export interface RequestIssue {
  readonly path: string;
  readonly message: string;
}

export class InvalidRequestError extends SupervisorError {
  readonly code = 'INVALID_REQUEST';
  readonly issues: readonly RequestIssue[];
  constructor(issues: readonly RequestIssue[], cause?: unknown) {
    super(issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; '), { cause });
    this.issues = issues;
  }
}

export class PayloadTooLargeError extends SupervisorError {
  readonly code = 'PAYLOAD_TOO_LARGE';
  constructor(maxBytes: number) {
    super(`The body is larger than ${maxBytes} bytes.`);
  }
}

/** The session waits for a person, but not with a QR. */
export class NoQrError extends SupervisorError {
  readonly code = 'NOT_WAITING_QR';
  override readonly retry: Retry = { kind: 'later', afterMs: 1_000 };
  readonly state = 'waiting_qr';
  constructor() {
    super(
      'The session waits for its pairing code to be entered, or its QR is just being renewed: there is none to show.',
    );
  }
}
