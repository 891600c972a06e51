import { expect, it } from 'vitest';

import { isOlder } from '../../src/domain/program-version.ts';

it.each([
  ['143.0.7499.40', '156.0.8078.114'],
  ['99.0.1.1', '100.0.0.0'],
  ['156.0.8077.200', '156.0.8078.1'],
  ['156.0', '156.1'],
])('%s is older than %s, and not the other way round', (older, newer) => {
  expect(isOlder(older, newer)).toBe(true);
  expect(isOlder(newer, older)).toBe(false);
});

it('a patch of the same build is as good as any other', () => {
  expect(isOlder('156.0.8078.1', '156.0.8078.114')).toBe(false);
});
