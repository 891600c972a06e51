/** Stable names of what the service answers errors with. */
export type ProblemCode =
  | 'INVALID_REQUEST'
  | 'WEBHOOK_URL_REFUSED'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'SESSION_NOT_FOUND'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'DELETION_PENDING'
  | 'NOT_WAITING_QR'
  | 'OVERTAKEN'
  | 'NOT_READY'
  | 'GONE'
  | 'MEDIA_EXPIRED'
  | 'PAYLOAD_TOO_LARGE'
  | 'USER_LIMIT'
  | 'RATE_LIMITED'
  | 'INTERNAL'
  | 'ALREADY_SENDING'
  | 'AUTH_UNAVAILABLE'
  | 'IDEMPOTENCY_MISMATCH'
  | 'MEDIA_URL_REFUSED'
  | 'NOT_REVOCABLE'
  | 'NOT_UNKNOWN'
  | 'OUTBOX_FULL'
  | 'DRAINING'
  | 'POOL_FULL'
  | 'STORE_UNAVAILABLE'
  | 'TIMEOUT';

/** RFC 9457: what is wrong, for programs and for a person. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** What is wrong in this case, for a person. */
  readonly detail: string;
  readonly code: ProblemCode;
  /** Leads to the cause in the service's log. */
  readonly requestId: string;
  /** Of `INVALID_REQUEST`: the fields at fault. */
  readonly errors?: { path: string; message: string }[] | undefined;
  /** Of `NOT_WAITING_QR` and `NOT_READY`: what the session is instead. */
  readonly state?: string | undefined;
  /** Of `USER_LIMIT` and `POOL_FULL`: how many there may be. */
  readonly limit?: number | undefined;
}

/** The service, or whatever stands before it, refused. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** Stable. `NOT_A_PROBLEM`: the answer is none of the service's, such as a proxy's page. */
  readonly code: ProblemCode | 'NOT_A_PROBLEM';
  readonly status: number;
  /** Seconds after which it makes sense to try again; `null` when the service named none. */
  readonly retryAfter: number | null;
  /** Leads to the cause in the service's log. */
  readonly requestId: string | null;
  /** The whole answer, such as `errors` of `INVALID_REQUEST`. */
  readonly problem: Problem | null;

  constructor(status: number, problem: Problem | null, headers?: Headers) {
    super(problem?.detail ?? `The service answered with ${status}.`);
    this.status = status;
    this.problem = problem;
    this.code = problem?.code ?? 'NOT_A_PROBLEM';
    this.requestId = problem?.requestId ?? headers?.get('x-request-id') ?? null;
    const seconds = Number(headers?.get('retry-after') ?? Number.NaN);
    this.retryAfter = Number.isFinite(seconds) ? seconds : null;
  }

  /** Reads an answer of failure to its end. */
  static async of(answer: Response): Promise<ApiError> {
    const body: unknown = await answer.json().catch(() => null);
    return new ApiError(answer.status, isProblem(body) ? body : null, answer.headers);
  }
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body;
}
