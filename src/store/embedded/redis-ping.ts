import { connect } from 'node:net';

import { ensureError } from '../../domain/errors.ts';

/**
 * What one PING found. `loading`: Redis is there and still reads its data. `cannot_write`: its last write to the disk
 * failed.
 */
export type PingResult = 'ready' | 'loading' | 'cannot_write' | 'absent';

const PING_DEADLINE_MS = 2_000;

/** Asks the Redis behind a unix socket once. Never rejects but for a socket path that is too long to be one. */
export function pingRedis(socketPath: string): Promise<PingResult> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    const settle = (result: PingResult): void => {
      socket.destroy();
      resolve(result);
    };
    let answer = '';
    socket.setEncoding('utf8');
    socket.setTimeout(PING_DEADLINE_MS, () => settle('absent'));
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.on('data', (chunk: string) => {
      answer += chunk;
      if (answer.includes('\n')) settle(meaningOf(answer));
    });
    socket.once('close', () => resolve('absent'));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EINVAL' ? reject(ensureError(error)) : settle('absent'),
    );
  });
}

function meaningOf(answer: string): PingResult {
  if (answer.startsWith('+PONG')) return 'ready';
  return answer.startsWith('-MISCONF') ? 'cannot_write' : 'loading';
}
