import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { collectGarbage, IdleCollector } from '../../src/host/heap.ts';

/** Something on the heap that nobody holds, and how to tell whether it is gone. */
function dropSomething(): WeakRef<object> {
  return new WeakRef({ large: Array.from({ length: 1_000 }, (_, index) => ({ index })) });
}

beforeEach(() => {
  setFlagsFromString('--expose-gc');
  // V8 puts it into every context that is made while the flag is set.
  vi.stubGlobal('gc', runInNewContext('gc'));
  setFlagsFromString('--no-expose-gc');
});

afterEach(() => vi.unstubAllGlobals());

it('leaves all as it is where Node has no collection to offer', () => {
  vi.stubGlobal('gc', undefined);
  expect(collectGarbage).not.toThrow();
});

it('collects what nobody holds', async () => {
  const dropped = dropSomething();
  await sleep(1);
  collectGarbage();
  expect(dropped.deref()).toBeUndefined();
});

it('collects once it has been quiet, and once more when it still is', async () => {
  const collector = new IdleCollector(20, 20);
  collector.touch();
  collector.touch();
  for (let collection = 0; collection < 2; collection += 1) {
    const dropped = dropSomething();
    for (let waited = 0; waited < 200 && dropped.deref() !== undefined; waited += 1) await sleep(20);
    expect(dropped.deref()).toBeUndefined();
  }
});
