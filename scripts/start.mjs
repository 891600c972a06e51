// `npm start`: set-up, build, then the service until it ends.
import { spawn } from 'node:child_process';

import { ROOT, run, setUpBuild, setUpService } from './setup.mjs';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** npm passes on a signal that the terminal has already sent to everybody; what follows sooner than this is that echo. */
const ECHO_MS = 500;

/**
 * Runs the service in a process group of its own, so that each signal reaches it once and from here alone: a terminal sends Ctrl-C to the whole group, and npm
 * repeats it. The channel tells the service when this process is killed. Ends as the service ended.
 */
function serve() {
  const service = spawn(process.execPath, ['dist/src/main.js'], { cwd: ROOT, stdio: ['inherit', 'inherit', 'inherit', 'ipc'], detached: true });
  const lastAt = new Map();
  for (const signal of FORWARDED) {
    process.on(signal, () => {
      const now = performance.now();
      if (now - (lastAt.get(signal) ?? -Infinity) >= ECHO_MS) service.kill(signal);
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

await run(async () => {
  await setUpService();
  await setUpBuild();
  serve();
});
