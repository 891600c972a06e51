import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { identifyProcess, type ProcessIdentity } from '../../../host/process-identity.ts';
import { LaunchFailedError } from '../../device-errors.ts';

/** How a browser ended, in words fit for a person. */
export type Ending = string;

export interface ChromiumProcess {
  /** Leader of a process group of its own. */
  readonly leader: ProcessIdentity;
  /** Resolves when the browser's main process has ended, for whatever reason. */
  readonly ended: Promise<Ending>;
}

/** What Chromium gets of our environment: the rest may hold keys, and a page could be its master one day. */
const ENVIRONMENT = /^(PATH|HOME|LANG|LC_.+|TZ|TMPDIR|LD_LIBRARY_PATH|FONTCONFIG_.+|XDG_.+)$/;

/** The variables of our environment that a browser needs. */
export const browserEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => ENVIRONMENT.test(name)));

/**
 * Starts Chromium in a process group of its own, its protocol on `line`. The parent's copy of the line is closed:
 * whoever holds the other end is the only one who speaks to the browser, and when that end closes, the browser ends
 * itself. Rejects with {@link LaunchFailedError}.
 */
export async function startChromium(
  executablePath: string,
  args: readonly string[],
  line: Socket,
): Promise<ChromiumProcess> {
  try {
    await access(executablePath, constants.X_OK);
  } catch (cause) {
    throw new LaunchFailedError('there is no browser that can be run at the configured path', cause);
  }
  makeBlocking(line);
  // The shell becomes the browser. No core dump: it would hold the login's keys.
  const child = spawn('/bin/sh', ['-c', 'ulimit -c 0; exec "$0" "$@"', executablePath, ...args], {
    detached: true,
    env: browserEnvironment(),
    stdio: ['ignore', 'ignore', 'ignore', line, line],
  });
  const ended = new Promise<Ending>((resolve) => {
    child.once('exit', (code, signal) =>
      resolve(signal === null ? `ended with code ${code ?? 'unknown'}` : `was ended by ${signal}`),
    );
  });
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
  } catch (cause) {
    throw new LaunchFailedError('the system started no process for it', cause);
  } finally {
    line.destroy();
  }
  const leader = child.pid === undefined ? null : identifyProcess(child.pid);
  if (leader === null) throw new LaunchFailedError(`it ${await ended}`);
  return { leader, ended };
}

/**
 * Chromium reads its protocol with blocking calls and takes "nothing there yet" for the end. Node makes every socket
 * non-blocking, and the flag is shared with the child. `setBlocking` is what Node itself calls on its standard streams;
 * it has no public name on others.
 */
function makeBlocking(line: Socket): void {
  const handle: unknown = Reflect.get(line, '_handle');
  const setBlocking: unknown = handle instanceof Object ? Reflect.get(handle, 'setBlocking') : undefined;
  if (typeof setBlocking !== 'function')
    throw new LaunchFailedError('this version of Node cannot hand a socket to a browser');
  Reflect.apply(setBlocking, handle, [true]);
}
