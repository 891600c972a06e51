import { access, constants } from 'node:fs/promises';

/**
 * Debian's start script does not `exec`: the pid that is known would be a shell's, and a signal would leave the
 * browser. The browser itself lies where the script finds it.
 */
const BEHIND_SCRIPTS: ReadonlyMap<string, string> = new Map([
  ['/usr/bin/chromium-headless-shell', '/usr/lib/chromium/chromium-headless-shell'],
]);

/** The file to start for this path, so that the process started is the browser. */
export async function resolveExecutable(executablePath: string): Promise<string> {
  const behind = BEHIND_SCRIPTS.get(executablePath);
  if (behind === undefined) return executablePath;
  try {
    await access(behind, constants.X_OK);
    return behind;
  } catch {
    return executablePath;
  }
}
