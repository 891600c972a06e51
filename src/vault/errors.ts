import { SupervisorError, type Retry } from '../domain/errors.ts';

const SOON: Retry = { kind: 'later', afterMs: 5_000 };

/** An archive that must not be used. Another generation of the same session may still be good. */
export abstract class ArchiveRefusedError extends SupervisorError {}

/** What lies there may not be all that carries the credentials: an archive of it might be worth nothing. */
export class UnprovenCredentialsError extends SupervisorError {
  readonly code = 'CREDENTIALS_UNPROVEN';
  override readonly retry: Retry = SOON;
  constructor(why: string) {
    super(`The credentials are not sealed, and their profile is kept: ${why}.`);
  }
}

export class NotAnArchiveError extends ArchiveRefusedError {
  readonly code = 'NOT_AN_ARCHIVE';
  constructor(found: string, cause?: unknown) {
    super(`This is not a sealed archive: ${found}.`, { cause });
  }
}

/** The key that sealed it is not among ours. */
export class UnknownKeyError extends ArchiveRefusedError {
  readonly code = 'UNKNOWN_KEY';
  readonly kid: string;
  constructor(kid: string, known: readonly string[]) {
    super(
      `The archive was sealed with key "${kid}", and of the ${known.length} keys here (${known.join(', ')}) none has that name.`,
    );
    this.kid = kid;
  }
}

/** There is a key of the right name, and it does not fit. */
export class WrongKeyError extends ArchiveRefusedError {
  readonly code = 'WRONG_KEY';
  readonly kid: string;
  constructor(kid: string, cause: unknown) {
    super(`Key "${kid}" does not open the archive: it is another key of the same name, or the header was forged.`, {
      cause,
    });
    this.kid = kid;
  }
}

export class CorruptArchiveError extends ArchiveRefusedError {
  readonly code = 'ARCHIVE_CORRUPT';
  constructor(where: string, cause?: unknown) {
    super(`The archive is damaged: ${where}.`, { cause });
  }
}

export class TruncatedArchiveError extends ArchiveRefusedError {
  readonly code = 'ARCHIVE_CUT';
  constructor(bytes: number, expected: number) {
    super(`The archive is cut: ${bytes} of at least ${expected} bytes are there.`);
  }
}

/** A good archive, of somebody else. */
export class ForeignArchiveError extends ArchiveRefusedError {
  readonly code = 'ARCHIVE_FOREIGN';
  constructor(found: string, wanted: string) {
    super(`The archive is of session ${found}, not of ${wanted}.`);
  }
}

/** A good archive, but of credentials for another engine than the one that runs here. */
export class ForeignEngineError extends ArchiveRefusedError {
  readonly code = 'ARCHIVE_OTHER_ENGINE';
  constructor(found: string, wanted: string) {
    super(`The archive holds credentials for the engine ${found}, not for ${wanted}, which runs here.`);
  }
}

export class StaleArchiveError extends ArchiveRefusedError {
  readonly code = 'ARCHIVE_STALE';
  constructor(epoch: number, minEpoch: number) {
    super(`The archive is of epoch ${epoch}; at least ${minEpoch} is demanded.`);
  }
}

/** What was sealed is not what a profile may hold: a link, a device, or a path that leads outside. */
export class UnsafeArchiveError extends ArchiveRefusedError {
  readonly code = 'ARCHIVE_UNSAFE';
  constructor(what: string, cause?: unknown) {
    super(`The archive holds what no profile may hold: ${what}.`, { cause });
  }
}

export class NoArchiveError extends SupervisorError {
  readonly code = 'NO_ARCHIVE';
  constructor(key: string) {
    super(`There is no sealed archive of session ${key}.`);
  }
}

/** Others replaced the archives of a session in each of our attempts to read one. */
export class ArchivesMovingError extends SupervisorError {
  readonly code = 'ARCHIVES_MOVING';
  override readonly retry: Retry = SOON;
  constructor(key: string, attempts: number) {
    super(`The archives of session ${key} were replaced by others during each of ${attempts} attempts to read them.`);
  }
}

/** The object storage answered that it will not: its keys, its bucket or its rights are not as configured. */
export class ObjectStoreRefusedError extends SupervisorError {
  readonly code = 'OBJECT_STORE_REFUSED';
  override readonly retry: Retry = { kind: 'later', afterMs: 60_000 };
  constructor(status: number, name: string, cause: unknown) {
    super(`The object storage refused with ${status} ${name}: check its endpoint, bucket, region and keys.`, { cause });
  }
}

export class ArchiveTooLargeError extends SupervisorError {
  readonly code = 'ARCHIVE_TOO_LARGE';
  readonly limit: number;
  constructor(limit: number) {
    super(
      `The archive is larger than the ${limit} bytes that this place takes: keep archives in a directory or in object storage.`,
    );
    this.limit = limit;
  }
}

/** Restoring never overwrites: there is a profile already. */
export class ProfileOccupiedError extends SupervisorError {
  readonly code = 'PROFILE_OCCUPIED';
  constructor() {
    super('There is a profile where the archive should go: move it aside first.');
  }
}

/** A login cannot be sealed where none was ever written. */
export class NothingToSealError extends SupervisorError {
  readonly code = 'NOTHING_TO_SEAL';
  override readonly retry: Retry = SOON;
  constructor() {
    super('The profile holds no file that could carry a login.');
  }
}

/** The browser reorganised its databases in each of our attempts to copy them. */
export class ProfileBusyError extends SupervisorError {
  readonly code = 'PROFILE_BUSY';
  override readonly retry: Retry = SOON;
  constructor(attempts: number) {
    super(`The profile changed under each of ${attempts} attempts to copy it.`);
  }
}
