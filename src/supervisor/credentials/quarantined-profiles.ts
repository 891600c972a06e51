import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** How long a profile that was put aside is kept, should somebody want to look (ms). */
const KEPT_MS = 86_400_000;

const MARK = '.refused-';

/** Where a profile goes that did not hold its login, beside where it was. */
export function quarantinedNextTo(profileDir: string, now: number): string {
  return `${profileDir}${MARK}${now}`;
}

/** Removes what was put aside of one profile. */
export async function eraseQuarantined(profileDir: string): Promise<void> {
  const prefix = `${basename(profileDir)}${MARK}`;
  await removeWhere(dirname(profileDir), (name) => name.startsWith(prefix));
}

/** Removes what was put aside more than a day ago, of every profile below `root`. */
export async function sweepQuarantined(root: string, now: number): Promise<void> {
  await removeWhere(root, (name) => {
    const at = /\.refused-(\d+)(\.lock)?$/.exec(name)?.[1];
    return at !== undefined && Number(at) < now - KEPT_MS;
  });
}

async function removeWhere(directory: string, isMeant: (name: string) => boolean): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  await Promise.all(
    names.filter(isMeant).map((name) => rm(join(directory, name), { recursive: true, force: true, maxRetries: 3 })),
  );
}
