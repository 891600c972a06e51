// The service as a child that each signal reaches once.
import { spawn } from 'node:child_process';

import { LEAN } from './lean-node.mjs';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/**
 * npm passes on a signal that the terminal has already sent to everybody; what follows sooner than this is that echo.
 */
const ECHO_MS = 500;

/**
 * Runs the service's file in a process group of its own, so that each signal reaches it once and from here alone: a
 * terminal sends Ctrl-C to the whole group, and npm repeats it. The channel tells the service when this process is
 * killed. Ends as the service ended.
 */
export function serve(file, { echoMs = ECHO_MS } = {}) {
  const service = spawn(process.execPath, [...LEAN.args, file], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    detached: true,
    env: { ...LEAN.env, ...process.env },
  });
  const lastAt = new Map();
  for (const signal of FORWARDED) {
    process.on(signal, () => {
      const now = performance.now();
      if (now - (lastAt.get(signal) ?? -Infinity) >= echoMs) service.kill(signal);
      lastAt.set(signal, now);
    });
  }
  service.once('error', (error) => {
    console.error(`The service could not be started: ${error.message}`);
    process.exit(1);
  });
  service.once('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
