import { expect, it } from 'vitest';

import { AckWaits } from '../../src/messaging/ack-waits.ts';

it('one that lay in the list of a page that is gone is due within seconds, others within a minute, and the first says when', () => {
  const waits = new AckWaits();
  expect(waits.dueAt).toBe(Number.POSITIVE_INFINITY);
  waits.begin('handed over', 0);
  expect(waits.dueAt).toBe(60_000);
  waits.find('left', 1_000);
  expect([waits.dueAt, waits.overdue(5_999), waits.overdue(6_000)]).toEqual([6_000, [], ['left']]);
  waits.end('left', 6_500);
  expect(waits.dueAt).toBe(60_000);
});
