import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { z } from 'zod';

import { sessionKey, sessionSchema, type Session } from '../../src/domain/session.ts';
import type { Client } from '../service/client.ts';
import { Service } from '../service/service.ts';
import { useTempDir } from '../temp-dir.ts';
import type { Launch } from '../whatsapp-web/browsers.ts';
import { processesOf, type SeenProcess } from './processes.ts';
import { Watcher } from './watcher.ts';

export const DEADLINE_MS = 60_000;
const SETTLE = { timeout: DEADLINE_MS, interval: 50 };
export const USER = 'ana';

/** `sessionKey()` of this user's session. */
export const keyOf = (id: string): string => sessionKey({ userId: USER, id });

const storeTrouble = z.union([
  z.object({ err: z.object({ type: z.literal('StoreUnavailableError') }) }),
  z.object({ msg: z.literal('request'), status: z.literal(503) }),
  z.object({ msg: z.enum(['redis ended by itself: starting it again', 'redis could not be started again']) }),
]);

function isAboutTheStore(line: unknown): boolean {
  return storeTrouble.safeParse(line).success;
}

/**
 * A service on its own data and Redis, which may be killed and started again, and a watcher of all its events.
 */
export class ChaosFixture {
  readonly watcher: Watcher;
  readonly directory: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #launches: () => readonly Launch[];
  readonly #former: Service[] = [];
  #service: Service;
  #disturbance = new AbortController();

  private constructor(
    options: { directory: string; env: Readonly<Record<string, string>>; launches: () => readonly Launch[] },
    service: Service,
  ) {
    this.directory = options.directory;
    this.#env = options.env;
    this.#launches = options.launches;
    this.#service = service;
    this.watcher = new Watcher(() => this.#service.client('watcher', { scope: 'admin' }));
  }

  /**
   * Ended with the test, after which nothing of it may be left.
   * @param launches the real browsers that were started on it, alive or not.
   */
  static async prepare(
    env: Readonly<Record<string, string>>,
    launches: () => readonly Launch[] = () => [],
  ): Promise<ChaosFixture> {
    const directory = useTempDir();
    const settings = { PROFILE_DIR: join(directory, 'profiles'), ...env };
    const chaos = new ChaosFixture({ directory, env: settings, launches }, await Service.start(directory, settings));
    onTestFinished(() => chaos.#end());
    await chaos.watcher.opened();
    return chaos;
  }

  get service(): Service {
    return this.#service;
  }

  get redisPid(): number {
    const redis = this.#service.redises.at(-1);
    if (redis === undefined) throw new Error('No Redis runs.');
    return redis.pid;
  }

  /**
   * Aborted from the start of a fault of the whole service until the service takes requests again. A target that begins
   * meanwhile gets the aborted signal, too.
   */
  get disturbed(): AbortSignal {
    return this.#disturbance.signal;
  }

  /** Injects a fault of the whole service, and waits until the service takes requests again that must be stored. */
  async disturb(inject: () => Promise<void> | void): Promise<void> {
    this.#disturbance.abort();
    await inject();
    const asks = async (): Promise<number> => (await (await this.client()).call('POST', '/api/tickets')).status;
    await expect.poll(() => asks().catch(() => 0), { timeout: DEADLINE_MS, interval: 50 }).toBe(200);
    this.#disturbance = new AbortController();
  }

  client(userId = USER): Promise<Client> {
    return this.#service.client(userId, { deadlineMs: DEADLINE_MS });
  }

  /** Ends the service by this signal and starts it on the same data. */
  async restart(signal: NodeJS.Signals): Promise<void> {
    await this.#service.end(signal);
    this.#former.push(this.#service);
    this.#service = await Service.start(this.directory, this.#env);
  }

  /**
   * What its services have logged as errors, each as its line. That the store was away, and that Redis was started
   * again, is none.
   */
  errors(): readonly string[] {
    return [...this.#former, this.#service].flatMap(({ errors }) =>
      errors.filter((line) => !isAboutTheStore(line)).map((line) => JSON.stringify(line)),
    );
  }

  /** All sessions of all users. Asked again while the store is away. */
  async sessions(): Promise<readonly Session[]> {
    const admin = await this.#service.client('watcher', { scope: 'admin', deadlineMs: DEADLINE_MS });
    const answer = await admin.call('GET', '/api/sessions?limit=200');
    if (!answer.ok) throw new Error(`The list of sessions was answered with ${answer.status}`);
    return z.object({ items: z.array(sessionSchema) }).parse(await answer.json()).items;
  }

  liveBrowsers(): readonly Launch[] {
    return this.#launches().filter((launch) => launch.isAlive());
  }

  /**
   * Processes that are neither the service with the transpiler that runs it here, nor its Redis, nor of a browser that
   * lives.
   */
  orphans(): readonly string[] {
    const isTranspiler = ({ parent, command }: SeenProcess): boolean =>
      parent === this.#service.pid && command.includes('esbuild --service');
    const living = new Set(this.liveBrowsers().map(({ pid }) => pid));
    return processesOf(this.directory, new Set(this.#launches().map(({ pid }) => pid)))
      .filter(
        (seen) =>
          seen.pid !== this.#service.pid &&
          seen.pid !== this.redisPid &&
          !living.has(seen.group) &&
          !isTranspiler(seen),
      )
      .map(({ pid, command }) => `${pid} ${command.slice(0, 200)}`);
  }

  /**
   * Waits until every session is where it has to be, and then demands that nothing is lost, doubled or left over: as
   * many browsers as sessions that run one, each in a profile of its own, no orphan, no hole in the stream.
   * @param places `sessionKey()` of each session there is, and how its value begins.
   */
  async expectWhole(places: Readonly<Record<string, string>>): Promise<void> {
    for (const [key, place] of Object.entries(places))
      await this.watcher.until(key, ({ value }) => value.startsWith(place));
    const isInPlace = (session: Session): boolean => session.value.startsWith(places[sessionKey(session)] ?? 'nowhere');
    const sessions = await this.sessions();
    expect(sessions.filter((session) => !isInPlace(session))).toEqual([]);
    expect(sessions).toHaveLength(Object.keys(places).length);
    expect(await this.watcher.findHoles(sessions)).toEqual([]);
    await expect.poll(() => this.orphans(), SETTLE).toEqual([]);
    const running = sessions.filter(({ tags }) => !tags.includes('at_rest'));
    const profiles = this.liveBrowsers().map(({ userDataDir }) => userDataDir);
    if (this.#env['DRIVER'] === 'whatsapp-web.js') expect(profiles).toHaveLength(running.length);
    expect(new Set(profiles).size).toBe(profiles.length);
  }

  async #end(): Promise<void> {
    await this.watcher.stop();
    await this.#service.end();
    await this.#service.kill();
    await expect
      .poll(() => processesOf(this.directory, new Set(this.#launches().map(({ pid }) => pid))), SETTLE)
      .toEqual([]);
  }
}
