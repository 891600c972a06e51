import { SupervisorError } from '../domain/errors.ts';
import type { Retry } from '../domain/errors.ts';

/** A profile was to be opened or erased while a browser still lives in it. */
export class ProfileInUseError extends SupervisorError {
  readonly code = 'PROFILE_IN_USE';
  override readonly retry: Retry = { kind: 'later', afterMs: 1_000 };
  constructor() {
    super('Another browser still lives in this profile: 1 of 1 allowed. Close it first.');
  }
}

/** WhatsApp could not be told to forget this device: the phone may still list it. */
export class UnlinkFailedError extends SupervisorError {
  readonly code = 'UNLINK_FAILED';
  override readonly retry: Retry = { kind: 'later', afterMs: 1_000 };
  constructor(why: string, cause?: unknown) {
    super(`The device was not unlinked: ${why}.`, { cause });
  }
}

/** The page could not be made to show whether its login is on the disk. */
export class MarkerNotStoredError extends SupervisorError {
  readonly code = 'NOT_MARKED';
  override readonly retry: Retry = { kind: 'later', afterMs: 1_000 };
  constructor(why: string) {
    super(`The page could not be asked whether its login is on the disk: ${why}.`);
  }
}

/** The page gave no answer: what it was asked to do may have been done, or not. */
export class PageSilentError extends SupervisorError {
  readonly code = 'PAGE_SILENT';
  override readonly retry: Retry = { kind: 'later', afterMs: 1_000 };
  constructor(why: string) {
    super(`The page gave no answer: ${why}.`);
  }
}

/** The page gave no pairing code. */
export class PairingRefusedError extends SupervisorError {
  readonly code = 'PAIRING_REFUSED';
  override readonly retry: Retry = { kind: 'later', afterMs: 1_000 };
  constructor(why: string, cause?: unknown) {
    super(`The page gave no pairing code: ${why}.`, { cause });
  }
}

/** No browser came up. */
export class LaunchFailedError extends SupervisorError {
  readonly code = 'LAUNCH_FAILED';
  override readonly retry: Retry = { kind: 'later', afterMs: 1_000 };
  constructor(why: string, cause?: unknown) {
    super(`The browser did not start: ${why}.`, { cause });
  }
}
