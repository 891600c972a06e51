import { pino, type Logger } from 'pino';
import pretty from 'pino-pretty';

interface LogOptions {
  readonly level: string;
  readonly format: 'json' | 'pretty';
  readonly nodeId: string;
}

/** What must never be readable in a log, wherever it turns up in a line's fields. The rest of the care is taken by not logging it. */
const SECRETS = ['authorization', 'token', 'ticket', 'qr', 'code', 'pairingCode', 'phoneNumber', 'pairWith', 'body', 'text'];

/** One line an event. Written at once, so that the last words of a dying process are not lost. */
export function createLog({ level, format, nodeId }: LogOptions): Logger {
  const options = {
    level,
    base: { nodeId },
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[hidden]' },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return format === 'pretty' ? pino(options, pretty({ sync: true, ignore: 'pid,hostname,nodeId' })) : pino(options, pino.destination({ sync: true }));
}
