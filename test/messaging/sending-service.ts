import { randomUUID } from 'node:crypto';

import { SignJWT } from 'jose';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';

import { createService, type Service } from '../../src/service.ts';
import { ControlledClock } from '../../src/host/controlled-clock.ts';
import type { SimulatedEvent } from '../../src/domain/simulation.ts';
import { sessionKey } from '../../src/domain/session.ts';
import type { RedisAddress } from '../../src/store/connection.ts';
import { SimulatedDriver } from '../../src/whatsapp/simulated/driver.ts';
import { load, SECRET } from '../config/loaded-config.ts';
import { useTempDir } from '../temp-dir.ts';

const ANA = '5215550001111';
export const BEN = '5215550002222';
export const CARLA = '5215550003333';

type Json = Record<string, unknown>;

/** A whole service in this process, whose phones are simulated, with one session. */
export class SendingService {
  readonly driver: SimulatedDriver;
  readonly errors: string[] = [];
  readonly session = 'sales';
  readonly #service: Service;
  #token = '';

  /** Of the sessions; turned by the test. */
  readonly clock: ControlledClock;

  private constructor(service: Service, driver: SimulatedDriver, clock: ControlledClock, errors: string[]) {
    this.clock = clock;
    this.#service = service;
    this.driver = driver;
    this.errors = errors;
  }

  static async start(
    redis: RedisAddress,
    { prefix = randomUUID().slice(0, 8), env = {} }: { prefix?: string; env?: NodeJS.ProcessEnv } = {},
  ): Promise<SendingService> {
    const clock = new ControlledClock();
    const driver = new SimulatedDriver({ launchDelayMs: 5, syncDelayMs: 5, clock });
    const errors: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => void errors.push(line) });
    const config = load({
      PORT: '0',
      LAME_DUCK_MS: '0',
      DATA_DIR: useTempDir(),
      JWT_SECRET: SECRET,
      REDIS_URL: 'redis://127.0.0.1:1',
      ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
      REDIS_PREFIX: prefix,
      RECONNECT_BASE_MS: '20',
      RECONNECT_MAX_MS: '100',
      ...env,
    });
    const service = createService(config, { log, redis, driver, clock });
    onTestFinished(() => service.stop());
    await service.start();
    const its = new SendingService(service, driver, clock, errors);
    its.#token = await its.tokenOf('ana');
    return its;
  }

  tokenOf(userId: string): Promise<string> {
    return new SignJWT({})
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(userId)
      .setExpirationTime('10m')
      .sign(new TextEncoder().encode(SECRET));
  }

  stop(): Promise<void> {
    return this.#service.stop();
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; json: Json; headers: Headers }> {
    const response = await fetch(`${this.#service.url}/api${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, json: text === '' ? {} : (JSON.parse(text) as Json), headers: response.headers };
  }

  /** Keeps a file for a message. */
  async upload(bytes: Buffer, type: string): Promise<{ json: Json }> {
    const response = await fetch(`${this.#service.url}/api/media`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': type },
      body: new Uint8Array(bytes),
    });
    return { json: (await response.json()) as Json };
  }

  /** The session is there and ready, with no pace to wait for. */
  async ready({ paced = false, phone = ANA }: { paced?: boolean; phone?: string } = {}): Promise<void> {
    await this.call('POST', '/sessions', { id: this.session });
    await this.reach('waiting_qr');
    await this.play({ event: 'scan', phoneNumber: phone });
    await this.reach('ready');
    if (!paced) await this.call('PUT', '/sessions/sales/pacing', { burst: 1_000, perSecond: 1_000, jitter: 0 });
  }

  async reach(state: string): Promise<void> {
    await this.until(async () => (await this.call('GET', '/sessions/sales/status')).json['state'] === state);
  }

  async until(isSo: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 30_000;
    while (!(await isSo())) {
      if (Date.now() > deadline) throw new Error(`It did not come to that. ${this.errors.join('\n')}`);
      await new Promise((resolve) => {
        setTimeout(resolve, 10);
      });
    }
  }

  async play(event: SimulatedEvent): Promise<void> {
    const played = this.driver.play(sessionKey({ userId: 'ana', id: this.session }), event);
    if (played.kind !== 'played') throw new Error(played.why);
  }

  /** Sends a text; its record as it was taken. */
  async send(text: string, over: Json = {}, headers: Record<string, string> = {}): Promise<Json> {
    const { json } = await this.call('POST', '/sessions/sales/messages', { to: BEN, text, ...over }, headers);
    return json;
  }

  async message(id: unknown): Promise<Json> {
    return (await this.call('GET', `/sessions/sales/messages/${String(id)}`)).json;
  }

  /** Waits until the message has one of these statuses. */
  async becomes(id: unknown, ...statuses: readonly string[]): Promise<Json> {
    let last: Json = {};
    await this.until(async () => {
      last = await this.message(id);
      return statuses.includes(String(last['status']));
    }).catch((error: unknown) => {
      throw new Error(JSON.stringify(last), { cause: error });
    });
    return last;
  }

  /** What the phone has, in order. */
  get sent(): string[] {
    return this.driver
      .outgoingOf(sessionKey({ userId: 'ana', id: this.session }))
      .posted.map(({ content }) => (content.kind === 'text' ? content.text : content.kind));
  }

  /** As what the files were sent that the phone has, in order. */
  get sentTypes(): string[] {
    return this.driver
      .outgoingOf(sessionKey({ userId: 'ana', id: this.session }))
      .posted.flatMap(({ content }) => (content.kind === 'media' ? [content.mimetype] : []));
  }
}
