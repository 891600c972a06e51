import { join } from 'node:path';

import { SupervisorError } from '../../domain/errors.ts';

/** Why the embedded Redis could not be started. The message is one line that says what to do. */
export abstract class EmbeddedRedisError extends SupervisorError {}

export class RedisExecutableMissingError extends EmbeddedRedisError {
  readonly code = 'REDIS_EXECUTABLE_MISSING';
  constructor(executable: string | null, cause?: unknown) {
    const what = executable === null ? 'No redis-server or valkey-server was found' : `${executable} cannot be run`;
    super(`${what}: install one, or set REDIS_URL to a Redis 7.0 or newer, such as REDIS_URL=redis://127.0.0.1:6379.`, {
      cause,
    });
  }
}

export class RedisAddressInUseError extends EmbeddedRedisError {
  readonly code = 'REDIS_ADDRESS_IN_USE';
  constructor(socketPath: string) {
    super(
      `The embedded Redis cannot listen on ${socketPath}: something else holds it. End that, or choose another DATA_DIR.`,
    );
  }
}

export class RedisDataCorruptError extends EmbeddedRedisError {
  readonly code = 'REDIS_DATA_CORRUPT';
  constructor(directory: string, line: string) {
    const log = join(directory, 'appendonlydir');
    super(
      `The embedded Redis cannot read its data (${line}). Nothing was deleted. Copy ${log} to a safe place, then run ` +
        `"redis-check-aof --fix ${join(log, 'appendonly.aof.manifest')}", or move ${log} away to begin with empty data.`,
    );
  }
}

export class RedisDiskFullError extends EmbeddedRedisError {
  readonly code = 'REDIS_DISK_FULL';
  constructor(directory: string, cause?: unknown) {
    super(
      `The disk under ${directory} is full: the embedded Redis cannot write its data. Free some space and start again.`,
      { cause },
    );
  }
}

export class RedisStartError extends EmbeddedRedisError {
  readonly code = 'REDIS_START_FAILED';
  constructor(what: string, cause?: unknown) {
    super(
      `The embedded Redis did not start: ${what}. Correct that and start again, or set REDIS_URL to a Redis 7.0 or newer.`,
      { cause },
    );
  }
}

/** Reads the cause of an early end out of what Redis printed before it. */
export function explainRedisExit(
  output: readonly string[],
  status: string,
  directory: string,
  socketPath: string,
): EmbeddedRedisError {
  const find = (pattern: RegExp): string | undefined => output.findLast((line) => pattern.test(line));
  if (find(/No space left on device|ENOSPC/i) !== undefined) return new RedisDiskFullError(directory);
  const corrupt = find(
    /reading the append only file|Unexpected end of file|Error loading.*AOF|AOF.*(corrupt|invalid|doesn't exist)|empty AOF manifest|Unable to obtain the AOF file|manifest.*(format|invalid)|short read or OOM loading DB/i,
  );
  if (corrupt !== undefined) return new RedisDataCorruptError(directory, corrupt.replace(/[.\s]+$/, '').slice(0, 200));
  if (find(/Address already in use/i) !== undefined) return new RedisAddressInUseError(socketPath);
  const last = output.findLast((line) => line.trim() !== '');
  return new RedisStartError(
    last === undefined
      ? `it ended with ${status} and said nothing`
      : `it ended with ${status}, saying "${last.slice(0, 200)}"`,
  );
}
