import { SupervisorError } from '../../domain/errors.ts';

/** Another service holds the data directory. */
export class DataDirectoryInUseError extends SupervisorError {
  readonly code = 'DATA_DIR_IN_USE';
  readonly holderPid: number;
  constructor(path: string, holderPid: number) {
    super(
      `The data directory ${path} is in use by another service (pid ${holderPid}): stop that one, or give this one a DATA_DIR of its own.`,
    );
    this.holderPid = holderPid;
  }
}

export class DataDirectoryUnusableError extends SupervisorError {
  readonly code = 'DATA_DIR_UNUSABLE';
  constructor(path: string, what: string, cause?: unknown) {
    super(
      `The data directory ${path} cannot be used: ${what}. Correct that, or set another, such as DATA_DIR=./data.`,
      { cause },
    );
  }
}

/** A generated secret on disk is not what was written there. */
export class SecretUnreadableError extends SupervisorError {
  readonly code = 'SECRET_UNREADABLE';
  constructor(file: string, what: string, cause?: unknown) {
    super(
      `The generated secret ${file} cannot be used: ${what}. Restore it from a backup. Deleting it has a new one made, and what was signed or sealed with this one is then lost.`,
      { cause },
    );
  }
}
