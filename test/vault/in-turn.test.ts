import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { InTurn } from '../../src/vault/in-turn.ts';

describe('Work in turn', () => {
  it('runs what shares a name one after the other in the order given, and never lets one name wait for another', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c'), fails: fc.boolean() }), { maxLength: 12 }),
        async (scheduler, jobs) => {
          const turns = new InTurn();
          const running = new Map<string, number>();
          const begun: number[] = [];
          const work = async (index: number) => {
            const { name, fails } = jobs[index] ?? { name: '', fails: false };
            expect(running.has(name)).toBe(false);
            running.set(name, index);
            begun.push(index);
            await scheduler.schedule(Promise.resolve(), `job ${index}`);
            running.delete(name);
            if (fails) throw new Error(`job ${index}`);
            return index;
          };
          const settled = Promise.allSettled(jobs.map(({ name }, index) => turns.run(name, () => work(index))));
          await scheduler.waitIdle();
          const outcomes = (await settled).map((outcome) =>
            outcome.status === 'fulfilled' ? outcome.value : 'failed',
          );
          expect(outcomes).toEqual(jobs.map(({ fails }, index) => (fails ? 'failed' : index)));
          for (const name of ['a', 'b', 'c']) {
            const ofName = begun.filter((index) => jobs[index]?.name === name);
            expect(ofName).toEqual([...ofName].sort((one, other) => one - other));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('starts another name’s work while one is under way', async () => {
    const turns = new InTurn();
    let finish = (_text: string): void => undefined;
    const slow = turns.run(
      'a',
      () =>
        new Promise<string>((resolve) => {
          finish = resolve;
        }),
    );
    await expect(turns.run('b', async () => 'done')).resolves.toBe('done');
    finish('at last');
    await expect(slow).resolves.toBe('at last');
  });
});
