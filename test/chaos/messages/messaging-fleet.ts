import { SignJWT } from 'jose';
import { expect, onTestFinished } from 'vitest';

import { sessionKey } from '../../../src/domain/session.ts';
import { Client } from '../../service/client.ts';
import { startTestRedis, type TestRedis } from '../../redis.ts';
import { useTempDir } from '../../temp-dir.ts';
import { DEADLINE_MS, USER } from '../chaos-fixture.ts';
import { insist } from './insist.ts';
import { MessagingNode } from './messaging-node.ts';
import { Phones } from './phones.ts';
import type { Sides } from './traffic.ts';
import { Strikes } from './strikes.ts';

const SECRET = 'a secret of the chaos of messages, long enough';
export const SESSION = 'sales';
export const KEY = sessionKey({ userId: USER, id: SESSION });
const PHONE = '5215550001111';

/** Short waits, so that a run of many faults ends. Leases are as in production. */
const SETTINGS = {
  JWT_SECRET: SECRET,
  ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
  VAULT_STORE: 'redis',
  PRESSURE_CPU: '0',
  PROBE_INTERVAL_MS: '300',
  RECONNECT_BASE_MS: '50',
  RECONNECT_MAX_MS: '500',
  RESTART_BASE_MS: '50',
  RESTART_MAX_MS: '500',
  RESTART_INTENSITY: '100000',
  BREAKER_RESET_MS: '500',
  OUTBOX_MAX: '5000',
  RATE_LIMIT_PER_MINUTE: '0',
};

/** Nodes on one Redis, whose browsers and phones outlive them, with one session. */
export class MessagingFleet implements Sides {
  readonly strikes = new Strikes();
  readonly phones = new Phones(this.strikes);
  readonly redis: TestRedis;
  readonly nodes: readonly MessagingNode[];
  #token = '';

  private constructor(redis: TestRedis, names: readonly string[]) {
    const directory = useTempDir();
    this.redis = redis;
    this.nodes = names.map(
      (name) => new MessagingNode({ name, directory, redis: redis.address, phones: this.phones, env: SETTINGS }),
    );
    this.strikes.lose = (when) => void this.phones.driver.play(KEY, { event: 'lose_send', when });
  }

  /** Ended with the test. Its session is ready, its login sealed, with no pace to wait for. */
  static async ready(names: readonly string[]): Promise<MessagingFleet> {
    const redis = await startTestRedis({ appendOnly: true });
    const fleet = new MessagingFleet(redis, names);
    onTestFinished(async () => {
      await Promise.all(fleet.nodes.map((node) => node.kill()));
      await redis.stop();
    });
    await Promise.all(fleet.nodes.map((node) => node.start()));
    fleet.#token = await new SignJWT({})
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(USER)
      .setExpirationTime('1d')
      .sign(new TextEncoder().encode(SECRET));
    const client = fleet.client();
    await client.create(SESSION);
    await client.reaches(SESSION, 'waiting_qr');
    fleet.phones.driver.play(KEY, { event: 'scan', phoneNumber: PHONE });
    await client.until(SESSION, ({ state, durable }) => state === 'ready' && durable);
    await client.call('PUT', `/api/sessions/${SESSION}/pacing`, { burst: 1_000, perSecond: 1_000, jitter: 0 });
    return fleet;
  }

  client(): Client {
    const url = this.nodes.map((node) => node.url).find((one) => one !== null);
    if (url === undefined || url === null) throw new Error('No node answers.');
    return new Client(url, this.#token, DEADLINE_MS);
  }

  insist(...asked: Parameters<Sides['insist']>): Promise<Response> {
    return insist(() => this.client(), SESSION, asked);
  }

  receives(from: string, text: string): void {
    this.phones.driver.play(KEY, { event: 'message', from, text });
  }

  posted(): ReturnType<Sides['posted']> {
    return this.phones.driver.outgoingOf(KEY).posted.map(({ waId, chatId, content }) => ({
      waId,
      chat: chatId.replace('@c.us', ''),
      text: content.kind === 'text' ? content.text : content.kind,
    }));
  }

  /** The node that runs the session. */
  async owner(): Promise<MessagingNode> {
    let owner: MessagingNode | undefined;
    await expect
      .poll(
        async () => {
          const answer = await this.insist('GET', '');
          const { nodeId } = (await answer.json()) as { nodeId: string | null }; // a session, as the interface has it
          owner = this.nodes.find(({ name }) => name === nodeId);
          return owner?.url ?? null;
        },
        { timeout: DEADLINE_MS },
      )
      .not.toBeNull();
    if (owner === undefined) throw new Error('Nobody runs it.');
    return owner;
  }
}
