import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { withResolvers } from '../../../src/domain/with-resolvers.ts';
import { createKeySet, type KeySetOptions } from '../../../src/api/auth/key-set.ts';
import { TokenKeysUnavailableError } from '../../../src/api/http/request-errors.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** An identity provider on loopback, which a test can take away. */
class Provider {
  readonly #server = createServer((_request, response) => {
    this.fetches += 1;
    void this.held.then(() => response.writeHead(this.status).end(JSON.stringify({ keys: this.keys })));
  });
  keys: unknown[] = [];
  status = 200;
  fetches = 0;
  held: Promise<void> = Promise.resolve();

  async listen(): Promise<URL> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`); // a TCP server's address is no text
  }

  async publish(kid: string): Promise<string> {
    const { publicKey, privateKey } = await generateKeyPair('Ed25519', { extractable: true });
    this.keys = [{ ...(await exportJWK(publicKey)), kid, use: 'sig' }];
    return new SignJWT({ sub: 'ana' }).setProtectedHeader({ alg: 'Ed25519', kid }).sign(privateKey);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

let provider: Provider;
let now: number;
let accepts: (token: string) => Promise<boolean>;

beforeEach(async () => {
  provider = new Provider();
  now = Date.UTC(2026, 10, 30);
  const url = await provider.listen();
  const options: KeySetOptions = { url, now: () => now };
  const keySet = createKeySet(options);
  accepts = (token) => jwtVerify(token, keySet).then(() => true);
});
afterEach(() => provider.close());

/** Resolves once the provider was asked `times` times. */
async function fetched(times: number): Promise<void> {
  await expect.poll(() => provider.fetches).toBe(times);
}

describe('Keys of a provider that is away', () => {
  it('serve on, and it is asked again once in half a minute, however many requests there are', async () => {
    const token = await provider.publish('k1');
    await accepts(token);
    provider.status = 500;
    now += 10 * MINUTE_MS;
    for (let request = 0; request < 20; request += 1) expect(await accepts(token)).toBe(true);
    await fetched(2);
    now += 29_999;
    expect(await accepts(token)).toBe(true);
    now += 1;
    expect(await accepts(token)).toBe(true);
    await fetched(3);
  });

  it('serve nobody any more after a day', async () => {
    const token = await provider.publish('k1');
    await accepts(token);
    provider.status = 500;
    now += 24 * HOUR_MS - 1;
    expect(await accepts(token)).toBe(true);
    await fetched(2);
    now += MINUTE_MS;
    await expect(accepts(token)).rejects.toThrow(TokenKeysUnavailableError);
  });

  it('are fetched anew when it comes back, and an outage later counts from then', async () => {
    const token = await provider.publish('k1');
    await accepts(token);
    now += 20 * HOUR_MS;
    await accepts(token);
    await fetched(2);
    provider.status = 500;
    now += 20 * HOUR_MS;
    expect(await accepts(token)).toBe(true);
  });

  it('cannot tell whether an unknown key is a new one, so that its token is refused for now, not for good', async () => {
    await accepts(await provider.publish('k1'));
    const newer = await provider.publish('k2');
    provider.status = 500;
    now += MINUTE_MS;
    for (let request = 0; request < 5; request += 1) {
      await expect(accepts(newer)).rejects.toThrow(TokenKeysUnavailableError);
    }
    expect(provider.fetches).toBe(2);
  });
});

describe('A provider', () => {
  it('that never answered is asked once in half a minute', async () => {
    const token = await provider.publish('k1');
    provider.status = 503;
    for (let request = 0; request < 5; request += 1) {
      await expect(accepts(token)).rejects.toThrow(TokenKeysUnavailableError);
    }
    expect(provider.fetches).toBe(1);
    provider.status = 200;
    now += 30_000;
    expect(await accepts(token)).toBe(true);
  });

  it('is asked once for all requests that wait for its first answer', async () => {
    const token = await provider.publish('k1');
    const { promise, resolve } = withResolvers();
    provider.held = promise;
    const waiting = Array.from({ length: 10 }, () => accepts(token));
    await fetched(1);
    resolve();
    expect(await Promise.all(waiting)).not.toContain(false);
    expect(provider.fetches).toBe(1);
  });

  it('that has changed its key is asked at once for the new one', async () => {
    await accepts(await provider.publish('k1'));
    now += MINUTE_MS;
    expect(await accepts(await provider.publish('k2'))).toBe(true);
  });
});
