import { pino, type DestinationStream, type Logger, type SerializedError } from 'pino';
import pretty from 'pino-pretty';

interface LogOptions {
  readonly level: string;
  readonly format: 'json' | 'pretty';
  readonly nodeId: string;
}

/**
 * Fields whose values must never be readable in a log, at any depth of a line. Secrets without a field of their own are
 * not logged at all.
 */
const SECRETS = [
  'authorization',
  'token',
  'ticket',
  'qr',
  'code',
  'pairingCode',
  'phoneNumber',
  'pairWith',
  'body',
  'text',
];

/**
 * An error's code is nothing to be typed or scanned: under another name it can be read, and a cause be looked up by it.
 */
function showError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, ...rest } = pino.stdSerializers.err(error) as SerializedError & { readonly code?: unknown };
  return code === undefined ? rest : { ...rest, errorCode: code };
}

/**
 * One line an event. Written at once, so that the last words of a dying process are not lost. @param destination
 * @defaultValue standard output
 */
export function createLog(
  { level, format, nodeId }: LogOptions,
  destination: DestinationStream = pino.destination({ sync: true }),
): Logger {
  const options = {
    level,
    base: { nodeId },
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[hidden]' },
    serializers: { err: showError },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return pino(
    options,
    format === 'pretty' ? pretty({ sync: true, ignore: 'pid,hostname,nodeId', destination }) : destination,
  );
}
