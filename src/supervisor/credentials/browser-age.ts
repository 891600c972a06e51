import { SupervisorError, type Retry } from '../../domain/errors.ts';
import { isOlder } from '../../domain/program-version.ts';

/** The credentials were written by a newer browser than runs here, which would find nothing in them and empty them. */
export class BrowserTooOldError extends SupervisorError {
  readonly code = 'BROWSER_TOO_OLD';
  constructor(wanted: string, found: string) {
    super(
      `The login was written by browser ${wanted}, and ${found} runs here, which would lose it. Run ${wanted} or newer here and start the session again; or log it out and link it anew.`,
    );
  }
}

/** Nothing is opened on a guess: a browser that is too old loses the credentials. */
export class BrowserVersionUnknownError extends SupervisorError {
  readonly code = 'BROWSER_VERSION_UNKNOWN';
  override readonly retry: Retry = { kind: 'later', afterMs: 10_000 };
  constructor(wanted: string) {
    super(`The login was written by browser ${wanted}, and the browser here does not say which version it is.`);
  }
}

/** Throws unless the browser here may open what was written by that version; `null`: nobody knows by which. */
export function demandBrowser(writtenBy: string | null, here: string | null): void {
  if (writtenBy === null) return;
  if (here === null) throw new BrowserVersionUnknownError(writtenBy);
  if (isOlder(here, writtenBy)) throw new BrowserTooOldError(writtenBy, here);
}
