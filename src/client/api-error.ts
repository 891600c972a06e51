import type { ProblemCode, problemSchema } from '../api/http/problems.ts';

export type { ProblemCode };
export type Problem = Readonly<(typeof problemSchema)['_output']>;

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
