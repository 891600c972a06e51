import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { SignJWT } from 'jose';

import type { SimulatedMessage } from '../domain/simulated-message.ts';
import type { SimulatedEvent } from '../domain/simulation.ts';
import { createClient, type Client, type ClientOptions } from '../client/client.ts';
import type { SessionIn } from '../client/session-types.ts';
import { bringTo, type BringableState } from './bring.ts';
import { ServiceProcess } from './service-process.ts';
import { TestClock } from './test-clock.ts';

export interface TestServiceOptions {
  /** The service's own settings, above the kit's. */
  readonly env?: Readonly<Record<string, string>>;
  /** `controlled`: `service.clock` can be turned. @defaultValue system */
  readonly clock?: 'system' | 'controlled';
}

export interface TokenOptions {
  /** @defaultValue read and write on the user's own */
  readonly scope?: string;
  /** @defaultValue 600 */
  readonly expiresInSeconds?: number;
}

/** The phone whose camera looks at a session's QR. */
export interface Phone {
  scan(phoneNumber?: string, displayName?: string): Promise<void>;
  /** Says no to the link. */
  refuse(): Promise<void>;
  /** Removes the linked device. */
  logout(): Promise<void>;
  /** Somebody writes to the account. */
  receive(text: string, from?: string): Promise<void>;
  /** The same, with all that can be said of it. While the session is away WhatsApp keeps it. */
  receives(text: string, how?: Partial<Omit<SimulatedMessage, 'event' | 'text'>>): Promise<void>;
}

const ANA = '5215550001111';
const BEN = '5215550002222';

/**
 * No wait is longer than a test may be, no attempt is the last one, and no test's failing launches hold up those of
 * another.
 */
const QUICK = {
  RECONNECT_BASE_MS: '20',
  RECONNECT_MAX_MS: '1000',
  RECONNECT_MAX_ATTEMPTS: '1000000',
  BREAKER_THRESHOLD: '1000000',
  MAX_SESSIONS: '1000',
  MAX_SESSIONS_PER_USER: '1000',
  NODE_CAPACITY: '1000',
};

/** The whole service on simulated phones, in a process of its own with a Redis and a directory of its own. */
export class TestService {
  readonly clock: TestClock;
  readonly #directory: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #secret: string;
  #process: ServiceProcess;

  private constructor(
    directory: string,
    env: NodeJS.ProcessEnv,
    secret: string,
    running: ServiceProcess,
    clock: 'system' | 'controlled',
  ) {
    this.#directory = directory;
    this.#env = env;
    this.#secret = secret;
    this.#process = running;
    this.clock = new TestClock({ kind: clock, turn: (ms) => this.#process.turnClock(ms) });
  }

  /** See {@link startTestService}. */
  static async start({ env = {}, clock = 'system' }: TestServiceOptions): Promise<TestService> {
    const directory = await mkdtemp(join(tmpdir(), 'wa-service-'));
    const secret = randomBytes(32).toString('base64url');
    const { PATH, HOME } = process.env;
    const all = {
      PATH,
      HOME,
      TMPDIR: directory,
      DRIVER: 'simulated',
      PORT: '0',
      LAME_DUCK_MS: '0',
      RATE_LIMIT_PER_MINUTE: '0',
      DATA_DIR: join(directory, 'data'),
      LOG_FORMAT: 'json',
      ...QUICK,
      ...env,
      JWT_SECRET: secret,
      ...(clock === 'controlled' && { TEST_CLOCK: 'controlled' }),
    };
    try {
      return new TestService(directory, all, secret, await ServiceProcess.start(all, directory), clock);
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  get url(): string {
    return this.#process.url;
  }

  token(userId = 'ana', { scope, expiresInSeconds = 600 }: TokenOptions = {}): Promise<string> {
    return new SignJWT(scope === undefined ? {} : { scope })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(userId)
      .setExpirationTime(Math.floor(Date.now() / 1_000) + expiresInSeconds)
      .sign(new TextEncoder().encode(this.#secret));
  }

  /** A client with tokens of a user. Users cannot see each other's sessions: give each test its own. */
  client(userId = 'ana', options: Partial<ClientOptions> = {}): Client {
    return createClient({ baseUrl: this.url, token: () => this.token(userId), ...options });
  }

  /** Plays what happens to a session, by the name that `POST …/simulate` has for it. */
  async play(id: string, event: SimulatedEvent, userId = 'ana'): Promise<void> {
    await this.client(userId).request(`/api/sessions/${id}/simulate`, { method: 'POST', json: event });
  }

  phone(id: string, userId = 'ana'): Phone {
    return {
      scan: (phoneNumber = ANA, displayName = 'Ana') =>
        this.play(id, { event: 'scan', phoneNumber, displayName }, userId),
      refuse: () => this.play(id, { event: 'refuse' }, userId),
      logout: () => this.play(id, { event: 'logout' }, userId),
      receive: (text, from = BEN) => this.play(id, { event: 'message', from, text }, userId),
      receives: (text, how) => this.play(id, { event: 'message', from: BEN, text, ...how }, userId),
    };
  }

  /**
   * Brings a session into a state, whatever it is in now, and makes it if need be. It stays there until the test does
   * something: `reconnecting` leaves the network down, and `failed` leaves it to a person, as a login that was taken
   * elsewhere twice does (`conflict`), or under back-offs that are longer than a second an account that is blocked
   * (`blocked`). `waiting_qr` lasts as long as a QR window does (`QR_WINDOW_MS`). Another `bring` leads out of
   * each. Rejects with a `WaitTimeoutError` when a step takes longer than 15 s.
   */
  bring<State extends BringableState>(id: string, state: State, userId = 'ana'): Promise<SessionIn<State>> {
    return bringTo(state, {
      session: this.client(userId).session(id),
      play: (event) => this.play(id, event, userId),
      now: () => this.clock.now(),
    });
  }

  /**
   * Ends the service and starts it again on the same data, the same port and by the same clock: `SIGKILL` as a crash
   * would.
   */
  async restart(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await this.#process.end(signal);
    const clock =
      this.#env['TEST_CLOCK'] === undefined ? {} : { TEST_CLOCK: `controlled+${Math.ceil(this.clock.aheadMs)}` };
    this.#process = await ServiceProcess.start(
      { ...this.#env, ...clock, PORT: new URL(this.url).port },
      this.#directory,
    );
  }

  /** Ends it at once: nothing of it is to be kept. No process and no file of it is left. */
  async stop(): Promise<void> {
    await this.#process.end('SIGKILL');
    this.#process.endLeftovers();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/**
 * Starts the service with the simulated driver. Needs redis-server or valkey-server, as the service does. Rejects with
 * what it said when it does not come up.
 */
export function startTestService(options: TestServiceOptions = {}): Promise<TestService> {
  return TestService.start(options);
}
