import { describe, expect, it } from 'vitest';

import { byName, memoryOf, memoryText } from '../../console/memory/known-memory.ts';
import { session } from './sessions.ts';

const SINCE = '2026-11-24T10:00:00.000Z';
const told = (measuredAt: string) => byName([{ id: 'sales', userId: 'ana', bytes: 300, measuredAt }]);

describe('the memory of a session', () => {
  it('is what was read of its browser since it became ready', () => {
    expect(memoryOf(session('ready', { since: SINCE }), told(SINCE))).toBe(300);
    expect(memoryOf(session('ready', { since: SINCE }), told('2026-11-24T09:59:59.999Z'))).toBeNull();
  });

  it('is not known of a session that is not ready, nor of another’s of that name', () => {
    expect(memoryOf(session('reconnecting', { since: SINCE }), told(SINCE))).toBeNull();
    expect(memoryOf(session('ready', { since: SINCE, userId: 'ben' }), told(SINCE))).toBeNull();
  });

  it('is shown in megabytes, in the reader’s language', () => {
    expect(memoryText(312.4 * 2 ** 20, 'en')).toBe('312 MB');
    expect(memoryText(1_312 * 2 ** 20, 'en')).toBe('1,312 MB');
    expect(memoryText(312 * 2 ** 20, 'es')).toBe('312 MB');
  });
});
