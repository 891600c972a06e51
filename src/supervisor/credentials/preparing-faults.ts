import { StoreUnavailableError, SupervisorError } from '../../domain/errors.ts';
import { ArchiveRefusedError } from '../../vault/errors.ts';
import type { Fault, LossCause } from '../../whatsapp/device.ts';
import { BrowserTooOldError } from './browser-age.ts';

const REMEDY =
  'Restore the archive, or the key that sealed it, from a backup; or log the session out and link it anew.';

/** Why a session is lost whose profile could not be prepared. */
export function causeOfPreparing(error: unknown): LossCause {
  return error instanceof BrowserTooOldError ? 'browser_too_old' : 'internal_error';
}

/** What a person is told of a profile that could not be prepared. */
export function faultOfPreparing(error: unknown): Fault {
  if (error instanceof StoreUnavailableError)
    return { code: error.code, message: 'The sealed login cannot be read at present.' };
  if (error instanceof ArchiveRefusedError) return { code: error.code, message: `${error.message} ${REMEDY}` };
  return error instanceof SupervisorError
    ? { code: error.code, message: error.message }
    : { code: 'PROFILE', message: 'The profile could not be prepared; the log says more.' };
}
