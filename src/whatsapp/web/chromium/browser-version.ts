import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { browserEnvironment } from './chromium-process.ts';

const DEADLINE_MS = 10_000;
/** A browser may be replaced by another version while the service runs. */
const GOOD_FOR_MS = 60_000;

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

/** Asks for a browser's version at most once a minute; what could not be told is asked anew. */
export function recentBrowserVersion(executablePath: string, now: () => number): () => Promise<string | null> {
  let asked: { readonly at: number; readonly answer: Promise<string | null> } | null = null;
  return async () => {
    asked =
      asked !== null && now() - asked.at < GOOD_FOR_MS ? asked : { at: now(), answer: browserVersion(executablePath) };
    const version = await asked.answer;
    if (version === null) asked = null;
    return version;
  };
}
