import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { browserEnvironment } from './chromium-process.ts';

const DEADLINE_MS = 10_000;

/**
 * What a browser says of itself, such as `156.0.8078.79`; `null` when it does not. Starts it for a moment, without a
 * profile.
 */
export async function browserVersion(executablePath: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(executablePath, ['--version'], {
      timeout: DEADLINE_MS,
      env: browserEnvironment(),
    });
    return /\d+(?:\.\d+){3}/.exec(stdout)?.[0] ?? null;
  } catch {
    return null;
  }
}
