import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const START_DEADLINE_MS = 120_000;
const STOP_DEADLINE_MS = 30_000;

/** A service as `npm start` runs it, with the simulated driver. */
export interface RunningService {
  readonly url: string;
  /** The one that it printed: an admin's. */
  readonly token: string;
  /** Everything of it lies here. */
  readonly directory: string;
  /** What it was started with. */
  readonly environment: NodeJS.ProcessEnv;
  printed(): string;
  /** Ends it and all its processes. */
  stop(): Promise<void>;
}

/** `npm start` would replace the packages, under the feet of the tests that run from them. */
function checkPackages(): void {
  const stamp = join('node_modules', '.lock-hash');
  if (!existsSync(stamp)) return;
  const hash = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
  if (readFileSync(stamp, 'utf8') === hash) return;
  throw new Error('The packages are not those of package-lock.json: run "npm run setup" first.');
}

/** Rejects with what it printed when it does not come up. */
export async function npmStart(): Promise<RunningService> {
  checkPackages();
  const directory = mkdtempSync(join(tmpdir(), 'wa-npm-start-'));
  const { PATH, HOME } = process.env;
  const environment = {
    PATH,
    HOME,
    TMPDIR: directory,
    DRIVER: 'simulated',
    PORT: '0',
    LAME_DUCK_MS: '0',
    DATA_DIR: join(directory, 'data'),
    ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
  };
  // A group of its own, so that npm, its shell and the service can be ended together.
  const child = spawn('npm', ['start'], { env: environment, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  let output = '';
  const signal = (name: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, name);
    } catch {
      // Nothing of it is left.
    }
  };
  const stop = async (): Promise<void> => {
    signal('SIGTERM');
    const late = setTimeout(() => signal('SIGKILL'), STOP_DEADLINE_MS);
    await ended;
    clearTimeout(late);
    rmSync(directory, { recursive: true, force: true });
  };
  const welcomed = new Promise<{ url: string; token: string }>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`It printed no token in time: ${output}`)), START_DEADLINE_MS);
    const hear = (text: string): void => {
      output += text;
      const token = /export TOKEN=(\S+)\s/.exec(output)?.[1];
      const url = /Listening on (\S+) /.exec(output)?.[1];
      if (token === undefined || url === undefined) return;
      clearTimeout(late);
      resolve({ url, token });
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', hear);
    child.once('close', () => {
      clearTimeout(late);
      reject(new Error(`It ended: ${output}`));
    });
  });
  try {
    return { ...(await welcomed), directory, environment, printed: () => output, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
