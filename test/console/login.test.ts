import { expect, it } from 'vitest';

import { loginOf } from '../../console/login.ts';

it('a login is sealed, not sealed, or not there at all', () => {
  expect(loginOf({ phoneNumber: '5215550001111', durable: true })).toBe('sealed');
  expect(loginOf({ phoneNumber: '5215550001111', durable: false })).toBe('unsealed');
  expect(loginOf({ phoneNumber: null, durable: false })).toBe('none');
});
