import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { identifyProcess, isRunning, type ProcessIdentity } from '../../host/process-identity.ts';
import { isGroupAlive, killGroup, untilGroupGone } from './chromium/process-group.ts';

const identitySchema = z.object({ pid: z.int().positive(), startedAt: z.string() });
const entrySchema = z.object({ key: z.string(), leader: identitySchema, owner: identitySchema });

export interface LiveBrowser {
  /** `sessionKey()` of its session. */
  readonly key: string;
  /** Leader of the browser's process group. */
  readonly leader: ProcessIdentity;
}

const KILL_DEADLINE_MS = 10_000;

/**
 * Every browser that lives, in memory and as a small file each, so that what outlives us is found at the next start. A
 * process is known by its pid and its start: one that has got a dead browser's pid is never harmed.
 */
export class BrowserRegistry {
  readonly #directory: string;
  readonly #owner: ProcessIdentity;
  readonly #live = new Map<number, LiveBrowser>();

  /** @param directory made when missing, for its owner only. */
  constructor(directory: string) {
    const owner = identifyProcess(process.pid);
    if (owner === null) throw new Error('This process cannot see itself: is /proc mounted?');
    this.#owner = owner;
    this.#directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  /** Written before anything else is done with the browser: synchronous, so that no crash comes between. */
  add(browser: LiveBrowser): void {
    this.#live.set(browser.leader.pid, browser);
    const file = this.#file(browser.leader.pid);
    writeFileSync(`${file}.new`, JSON.stringify({ ...browser, owner: this.#owner }), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  /** Call once no process of the browser is alive. */
  remove({ leader }: LiveBrowser): void {
    if (this.#live.delete(leader.pid)) rmSync(this.#file(leader.pid), { force: true });
  }

  list(): readonly LiveBrowser[] {
    return [...this.#live.values()];
  }

  /** Kills every browser at once and without asking: for a process that must end now. */
  killAll(): void {
    for (const { leader } of this.#live.values()) killGroup(leader);
  }

  /**
   * Kills browsers whose service is dead and forgets them. Those of a service that lives stay. Resolves with those it
   * had to kill, once they are dead. Call before anything is launched.
   */
  async reapLeftovers(): Promise<readonly LiveBrowser[]> {
    const reaped = await Promise.all(
      readdirSync(this.#directory).map((name) => this.#reap(join(this.#directory, name))),
    );
    return reaped.filter((browser) => browser !== null);
  }

  async #reap(file: string): Promise<LiveBrowser | null> {
    const entry = readEntry(file);
    if (entry !== null && isRunning(entry.owner)) return null;
    const wasAlive = entry !== null && isGroupAlive(entry.leader);
    if (wasAlive) {
      killGroup(entry.leader);
      // One that cannot be killed stays on the list for the next start.
      if (!(await untilGroupGone(entry.leader, KILL_DEADLINE_MS))) return null;
    }
    rmSync(file, { force: true });
    return wasAlive ? { key: entry.key, leader: entry.leader } : null;
  }

  #file(pid: number): string {
    return join(this.#directory, `${pid}.json`);
  }
}

function readEntry(file: string): z.infer<typeof entrySchema> | null {
  try {
    return entrySchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}
