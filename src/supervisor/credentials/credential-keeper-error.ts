import { SupervisorError, type Retry } from '../../domain/errors.ts';

/** Something that a keeper could not do now, and tries again. */
export class CredentialKeeperError extends SupervisorError {
  readonly code = 'CUSTODY';
  override readonly retry: Retry = { kind: 'later', afterMs: 10_000 };
  constructor(what: string, cause: unknown) {
    super(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
