import { expect } from 'vitest';

import type { Traffic, Verdict } from './traffic.ts';

/** Waits until all that was promised has come to its end, and demands that nothing is wrong with it. */
export async function expectWhole(traffic: Traffic): Promise<Verdict> {
  await traffic.settle();
  const verdict = await traffic.judge();
  const { lost, doubled, wronglyReported, outOfOrder } = verdict;
  expect({ lost, doubled, wronglyReported, outOfOrder }).toEqual({
    lost: [],
    doubled: [],
    wronglyReported: [],
    outOfOrder: [],
  });
  return verdict;
}
