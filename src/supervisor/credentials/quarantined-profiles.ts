import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** How long a quarantined profile is kept, should somebody want to look (ms). */
const KEPT_MS = 86_400_000;

const SUFFIX = '.quarantined-';
/** What versions before 0.2.0 called them: such profiles may still lie there. */
const FORMER_SUFFIX = '.refused-';
const QUARANTINED = /\.(?:quarantined|refused)-(\d+)(?:\.lock)?$/;

/** Where a profile goes that did not hold its credentials, beside where it was. */
export function quarantinedNextTo(profileDir: string, now: number): string {
  return `${profileDir}${SUFFIX}${now}`;
}

/** Removes what was quarantined of one profile. */
export async function eraseQuarantined(profileDir: string): Promise<void> {
  const prefixes = [SUFFIX, FORMER_SUFFIX].map((suffix) => `${basename(profileDir)}${suffix}`);
  await removeWhere(dirname(profileDir), (name) => prefixes.some((prefix) => name.startsWith(prefix)));
}

/** Removes what was quarantined more than a day ago, of every profile below `root`. */
export async function sweepQuarantined(root: string, now: number): Promise<void> {
  await removeWhere(root, (name) => {
    const at = QUARANTINED.exec(name)?.[1];
    return at !== undefined && Number(at) < now - KEPT_MS;
  });
}

async function removeWhere(directory: string, isMeant: (name: string) => boolean): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  await Promise.all(
    names.filter(isMeant).map((name) => rm(join(directory, name), { recursive: true, force: true, maxRetries: 3 })),
  );
}
