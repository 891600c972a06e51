import { SupervisorError } from '../domain/errors.ts';

/**
 * Why a tool could not do what it was asked to. The message is one sentence or a list, for whoever typed the command.
 */
export abstract class VaultToolError extends SupervisorError {}

/** The command line itself is wrong. */
export class UsageError extends VaultToolError {
  readonly code = 'USAGE';
  constructor(fault: string) {
    super(`${fault} "npm run vault -- --help" shows what there is.`);
  }
}

export class NoDataDirectoryError extends VaultToolError {
  readonly code = 'NO_DATA_DIR';
  constructor(path: string) {
    super(
      `There is no data directory ${path}: set DATA_DIR to the service's, or REDIS_URL if that is where its sessions are.`,
    );
  }
}

export class NoKeysError extends VaultToolError {
  readonly code = 'NO_KEYS';
  constructor(dataDir: string) {
    super(`There is no key to open anything with: ENCRYPTION_KEYS is not set, and none was ever made in ${dataDir}.`);
  }
}

/** A service holds the data directory, and its Redis is not to be found. */
export class NoEmbeddedRedisError extends VaultToolError {
  readonly code = 'NO_EMBEDDED_REDIS';
  constructor(dataDir: string, holderPid: number, waitedMs: number) {
    super(
      `The data directory ${dataDir} is in use (pid ${holderPid}), and no Redis answered in it within ${waitedMs} ms: stop the service, or wait until it has started.`,
    );
  }
}

export class FileExistsError extends VaultToolError {
  readonly code = 'FILE_EXISTS';
  constructor(file: string) {
    super(`${file} is there already, and an export overwrites nothing: name another file, or remove this one.`);
  }
}

export class FileUnusableError extends VaultToolError {
  readonly code = 'FILE_UNUSABLE';
  constructor(file: string, what: string, cause: unknown) {
    super(`${file} cannot be used: ${what}.`, { cause });
  }
}

export class NotAnExportError extends VaultToolError {
  readonly code = 'NOT_AN_EXPORT';
  constructor(what: string, cause?: unknown) {
    super(`This is no export of a vault: ${what}.`, { cause });
  }
}

export class ExportCutError extends VaultToolError {
  readonly code = 'EXPORT_CUT';
  constructor(bytes: number, expected: number) {
    super(`The export is cut: ${bytes} of its ${expected} bytes are there. Nothing was imported.`);
  }
}

export class ExportCorruptError extends VaultToolError {
  readonly code = 'EXPORT_CORRUPT';
  constructor(where: string, cause?: unknown) {
    super(`The export is damaged: ${where}.`, { cause });
  }
}

export class ExportKeyError extends VaultToolError {
  readonly code = 'EXPORT_KEY';
  constructor(kid: string, known: readonly string[], cause?: unknown) {
    const what = known.includes(kid)
      ? 'the key of this name here is another one'
      : `here are only ${known.map((name) => `"${name}"`).join(', ')}`;
    super(
      `The export is sealed with key "${kid}", and ${what}: set ENCRYPTION_KEYS to the keys of the service that it came from, behind the first of this one.`,
      { cause },
    );
  }
}

/** What a file would overwrite, or cannot bring back. */
export class ImportRefusedError extends VaultToolError {
  readonly code = 'IMPORT_REFUSED';
  constructor(reasons: readonly string[]) {
    super([...reasons, 'Nothing was imported. With --partial everything else is.'].join('\n'));
  }
}
