import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';

import { durationText } from '../../../console/duration.ts';
import { readRoute, addressOf } from '../../../console/routes.ts';
import { readAccess } from '../../../visualizer/shared/access.ts';

const sign = (claims: Record<string, unknown>): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode('x'.repeat(32)));

describe('what a token says of who brings it', () => {
  it.each([
    ['admin', 'admin'],
    ['sessions:read', 'read_only'],
    ['', 'own'],
    ['sessions:read admin', 'admin'],
  ])('is the user, the time, and of the scope "%s" that it is %s', async (scope, expected) => {
    const token = await sign({ sub: 'josé', exp: 1_800_000_000, scope });
    expect(readAccess(` ${token}\n`)).toEqual({ token, userId: 'josé', scope: expected, expiresAt: 1_800_000_000_000 });
  });

  it('is nothing when it is no token, or lacks what each must have', async () => {
    for (const token of ['', 'a.b', 'a.b.c', 'eyJ.W10.x', await sign({ sub: 'ana' }), await sign({ exp: 1 })])
      expect(readAccess(token)).toBeNull();
  });
});

describe('an address of the console', () => {
  it('leads back to where it was made, whatever the user is called', () => {
    for (const userId of ['ana', 'a/b', 'ñandú 100%', '#?&']) {
      const route = { page: 'session', userId, id: 'sales.mx' } as const;
      expect(readRoute(addressOf(route))).toEqual(route);
    }
    expect(readRoute(addressOf({ page: 'fleet' }))).toEqual({ page: 'fleet' });
  });

  it('leads to the list when it leads nowhere', () => {
    for (const fragment of ['', '#/', '#/nowhere', '#/session/ana', '#/session/%E0%A4%A/x'])
      expect(readRoute(fragment)).toEqual({ page: 'list' });
  });
});

describe('a time span', () => {
  it.each([
    [-5, '0s'],
    [999, '0s'],
    [59_000, '59s'],
    [61_000, '1m 1s'],
    [720_000, '12m'],
    [3_600_000, '1h'],
    [93_600_000, '1d 2h'],
  ])('of %i ms reads %s', (ms, text) => {
    expect(durationText(ms, 'en')).toBe(text);
  });
});
