import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWK } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { createTokenVerifier, type TokenVerifierOptions } from '../../../src/api/auth/tokens.ts';
import { ApiFixture, read, SECRET } from '../api-fixture.ts';

let fixture: ApiFixture;
beforeAll(async () => (fixture = await ApiFixture.open()));
beforeEach(() => fixture.renew());
afterAll(() => fixture.close());

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1_000) + seconds;
const sign = (claims: Record<string, unknown>, key: Uint8Array | CryptoKey = SECRET, alg = 'HS256'): Promise<string> =>
  new SignJWT({ sub: 'ana', exp: inSeconds(600), ...claims }).setProtectedHeader({ alg, kid: 'k1' }).sign(key);
const verifyWith = (over: Partial<TokenVerifierOptions>) =>
  createTokenVerifier({ secret: null, jwksUrl: null, now: () => Date.now(), ...over });
const list = (as: string | null) => fixture.call('GET', '/api/sessions', { as });

describe('a token', () => {
  it.each([
    ['expired', () => sign({ exp: inSeconds(-1) })],
    ['without exp', () => sign({ exp: undefined })],
    ['not yet valid', () => sign({ nbf: inSeconds(60) })],
    ['without sub', () => sign({ sub: undefined })],
    ['of an empty sub', () => sign({ sub: '' })],
    ['of a sub that is too long', () => sign({ sub: 'x'.repeat(129) })],
    ['of a sub that is not well-formed Unicode', () => sign({ sub: 'a\uD800' })],
    ['of a sub that is a number', () => sign({ sub: 7 })],
    ['of a scope that is no text', () => sign({ scope: ['admin'] })],
    ['signed with another secret', () => sign({}, new TextEncoder().encode('another secret of tests, long enough'))],
    ['signed with another algorithm', () => sign({}, new Uint8Array(64), 'HS512')],
    ['unsigned (alg none)', () => Promise.resolve(new UnsecuredJWT({ sub: 'ana' }).setExpirationTime('1h').encode())],
    ['that is none', () => Promise.resolve('not.a.token')],
  ])('%s is refused', async (_name, make) => {
    const response = await list(await make());
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm=".*", error="invalid_token"/);
    expect(await read(response)).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('that was tampered with is refused', async () => {
    const [head, , signature] = (await sign({})).split('.');
    const claims = Buffer.from(JSON.stringify({ sub: 'ana', exp: inSeconds(600), scope: 'admin' })).toString(
      'base64url',
    );
    expect((await list(`${head}.${claims}.${signature}`)).status).toBe(401);
  });

  it('must be a Bearer token in the header, and nowhere else', async () => {
    const token = await sign({});
    const missing = await list(null);
    expect(missing.status).toBe(401);
    expect(missing.headers.get('www-authenticate')).toBe('Bearer realm="whatsapp-session-supervisor"');
    for (const name of ['token', 'access_token', 'ticket', 'authorization']) {
      expect((await fixture.call('GET', `/api/events?${name}=${token}`, { as: null })).status).toBe(401);
    }
    for (const authorization of [token, `Basic ${token}`, `Bearer ${token} ${token}`, 'Bearer', '']) {
      expect((await fixture.call('GET', '/api/sessions', { as: null, headers: { authorization } })).status).toBe(401);
    }
    expect(
      (await fixture.call('GET', '/api/sessions', { as: null, headers: { authorization: `bearer ${token}` } })).status,
    ).toBe(200);
  });

  it('must be of the issuer and for the audience that are set', async () => {
    await fixture.renew({
      verifier: verifyWith({ secret: SECRET, issuer: 'https://id.test', audience: 'supervisor' }),
    });
    const right = { iss: 'https://id.test', aud: ['other', 'supervisor'] };
    expect((await list(await sign(right))).status).toBe(200);
    for (const wrong of [
      { ...right, iss: 'https://evil.test' },
      { ...right, aud: 'other' },
      { iss: right.iss },
      { aud: right.aud },
    ]) {
      expect((await list(await sign(wrong))).status).toBe(401);
    }
  });

  it('cannot be made by a secret that is too short', () => {
    expect(() => verifyWith({ secret: new Uint8Array(31) })).toThrow(/31 bytes/);
  });
});

describe('a key set', () => {
  let server: Server;
  let url: URL;
  let keys: JWK[] = [];
  let status = 200;
  let fetches = 0;
  let rsa: { publicKey: CryptoKey; privateKey: CryptoKey };
  let ec: typeof rsa;
  let ed: typeof rsa;

  beforeAll(async () => {
    rsa = await generateKeyPair('RS256', { extractable: true });
    ec = await generateKeyPair('ES256', { extractable: true });
    ed = await generateKeyPair('EdDSA', { extractable: true });
    server = createServer((_request, response) => {
      fetches += 1;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`); // a TCP server's address is no text
  });
  beforeEach(async () => {
    keys = [];
    status = 200;
    fetches = 0;
    await fixture.renew({ verifier: verifyWith({ jwksUrl: url }) });
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const publish = async (key: CryptoKey, alg: string): Promise<void> => {
    keys = [{ ...(await exportJWK(key)), kid: 'k1', alg, use: 'sig' }];
  };

  it.each([
    ['RS256', () => rsa],
    ['ES256', () => ec],
    ['EdDSA', () => ed],
    ['Ed25519', () => ed],
  ])('of %s is accepted, and fetched once', async (alg, pair) => {
    await publish(pair().publicKey, alg);
    const token = await sign({}, pair().privateKey, alg);
    for (let time = 0; time < 3; time += 1) expect((await list(token)).status).toBe(200);
    expect(fetches).toBe(1);
  });

  it('does not let its public key be taken for a secret (algorithm confusion)', async () => {
    await publish(rsa.publicKey, 'RS256');
    const pem = new TextEncoder().encode(await exportSPKI(rsa.publicKey));
    const raw = new TextEncoder().encode(JSON.stringify(keys[0]));
    for (const secret of [pem, raw]) expect((await list(await sign({}, secret))).status).toBe(401);
    await fixture.renew({ verifier: verifyWith({ jwksUrl: url, secret: SECRET }) });
    for (const secret of [pem, raw]) expect((await list(await sign({}, secret))).status).toBe(401);
    expect((await list(await sign({}))).status).toBe(200);
  });

  it('does not accept the shared secret’s tokens, nor other algorithms of its key', async () => {
    await publish(rsa.publicKey, 'RS256');
    expect((await list(await sign({}))).status).toBe(401);
    const pss = await generateKeyPair('PS256');
    expect((await list(await sign({}, pss.privateKey, 'PS256'))).status).toBe(401);
  });

  it('without the token’s key is 401, and is not fetched again for each such token', async () => {
    await publish(rsa.publicKey, 'RS256');
    const foreign = await generateKeyPair('RS256');
    const unknown = await new SignJWT({ sub: 'ana', exp: inSeconds(60) })
      .setProtectedHeader({ alg: 'RS256', kid: 'k2' })
      .sign(foreign.privateKey);
    for (let time = 0; time < 5; time += 1) expect((await list(unknown)).status).toBe(401);
    expect((await list(await sign({}, foreign.privateKey, 'RS256'))).status).toBe(401);
    expect(fetches).toBe(1);
  });

  it('that cannot be had is 503, not 401', async () => {
    status = 500;
    const response = await list(await sign({}, rsa.privateKey, 'RS256'));
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await read(response)).toMatchObject({ code: 'AUTH_UNAVAILABLE' });
    await fixture.renew({ verifier: verifyWith({ jwksUrl: new URL('http://127.0.0.1:1/') }) });
    expect((await list(await sign({}, rsa.privateKey, 'RS256'))).status).toBe(503);
  });
});

describe('a scope', () => {
  const allowed = async (scope: string | undefined): Promise<number[]> => {
    const as = await fixture.token(scope === undefined ? {} : { scope });
    const statuses: number[] = [];
    for (const [method, path, json] of [
      ['GET', '/api/sessions', undefined],
      ['POST', '/api/sessions', { id: 'sales' }],
      ['GET', '/api/users/ana/sessions', undefined],
    ] as const) {
      statuses.push((await fixture.call(method, path, { as, json })).status);
    }
    return statuses;
  };

  it.each([
    [undefined, [200, 201, 403]],
    ['', [200, 201, 403]],
    ['openid profile', [200, 201, 403]],
    ['sessions:read', [200, 403, 403]],
    ['openid sessions:read', [200, 403, 403]],
    ['sessions:read sessions:write', [200, 201, 403]],
    ['admin', [200, 201, 200]],
    ['administrator', [200, 201, 403]],
  ])('%j may list, create and enter another namespace: %j', async (scope, statuses) => {
    expect(await allowed(scope)).toEqual(statuses);
  });

  it('is looked at before the body and before what exists', async () => {
    const as = await fixture.token({ scope: 'sessions:read' });
    for (const [method, path] of [
      ['POST', '/api/sessions'],
      ['POST', '/api/sessions/none/start'],
      ['DELETE', '/api/sessions/none'],
      ['POST', '/api/none'],
    ] as const) {
      const response = await fixture.call(method, path, {
        as,
        headers: { 'content-type': 'application/json' },
        ...(method === 'POST' && { body: '{"' }),
      });
      expect(response.status).toBe(403);
      expect(await read(response)).toMatchObject({ code: 'FORBIDDEN' });
    }
  });
});

describe('without a token', () => {
  it('an existing and a missing session, a valid and an invalid request, a route and none are all the same', async () => {
    await fixture.call('POST', '/api/sessions', { json: { id: 'sales' } });
    const answers = new Set<string>();
    for (const [method, path] of [
      ['GET', '/api/sessions/sales'],
      ['GET', '/api/sessions/none'],
      ['GET', '/api/sessions/!!'],
      ['GET', '/api/sessions/sales/events'],
      ['GET', '/api/sessions/none/qr?ticket=none'],
      ['DELETE', '/api/sessions/sales'],
      ['PUT', '/api/sessions/sales'],
      ['POST', '/api/sessions'],
      ['GET', '/api/users/ana/sessions/sales'],
      ['GET', '/api/nothing'],
      ['GET', '/api/sessions?limit=none'],
    ] as const) {
      const response = await fixture.call(method, path, { as: null, ...(method === 'POST' && { body: '{"' }) });
      const { requestId: _, detail, ...rest } = await read(response);
      // The one with a ticket is told about that.
      answers.add(
        JSON.stringify({
          ...rest,
          detail: path.includes('ticket') ? 'Send a token: "Authorization: Bearer <JWT>".' : detail,
        }),
      );
    }
    expect(answers.size).toBe(1);
  });
});
