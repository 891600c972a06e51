import { describe, expect, it, vi } from 'vitest';

import type { Caller } from '../../../src/api/auth/caller.ts';
import { UnauthenticatedError } from '../../../src/api/http/request-errors.ts';
import { rememberVerified } from '../../../src/api/auth/verified-tokens.ts';

const HOUR_MS = 3_600_000;

/** A verifier that takes a token for its user's name, and refuses `forged`. */
function setUp({ expiresAt = HOUR_MS, atMost = 1_000 } = {}) {
  let now = 0;
  const check = vi.fn<(token: string) => Promise<Caller>>(async (token) => {
    if (token === 'forged') throw new UnauthenticatedError('The signature of the token is not valid.', { sent: true });
    return { userId: token, scopes: [], expiresAt };
  });
  const { verify } = rememberVerified({ verify: check }, { now: () => now, keptMs: 60_000, atMost });
  return { verify, check, pass: (ms: number) => void (now += ms) };
}

describe('A verifier that remembers', () => {
  it('checks a token once, and again a minute later', async () => {
    const { verify, check, pass } = setUp();
    for (let call = 0; call < 3; call += 1) expect(await verify('ana')).toMatchObject({ userId: 'ana' });
    expect(check).toHaveBeenCalledTimes(1);
    pass(60_000);
    await verify('ana');
    expect(check).toHaveBeenCalledTimes(2);
  });

  it('asks again from the very moment in which the token ends', async () => {
    const { verify, check, pass } = setUp({ expiresAt: 10_000 });
    await verify('ana');
    pass(9_999);
    await verify('ana');
    expect(check).toHaveBeenCalledTimes(1);
    pass(1);
    await verify('ana');
    expect(check).toHaveBeenCalledTimes(2);
  });

  it('never takes one token for another', async () => {
    const { verify } = setUp();
    expect(await Promise.all(['ana', 'bo', 'ana', 'bo '].map(verify))).toMatchObject([
      { userId: 'ana' },
      { userId: 'bo' },
      { userId: 'ana' },
      { userId: 'bo ' },
    ]);
  });

  it('remembers no refusal', async () => {
    const { verify, check } = setUp();
    for (let call = 0; call < 2; call += 1) await expect(verify('forged')).rejects.toThrow(UnauthenticatedError);
    expect(check).toHaveBeenCalledTimes(2);
  });

  it('forgets the oldest when there are too many', async () => {
    const { verify, check } = setUp({ atMost: 2 });
    for (const token of ['ana', 'bo', 'cy', 'bo', 'cy']) await verify(token);
    expect(check).toHaveBeenCalledTimes(3);
    await verify('ana');
    expect(check).toHaveBeenCalledTimes(4);
  });
});
