import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

import { ControlledClock } from '../../src/host/controlled-clock.ts';
import { diskUsage, memoryUsage } from '../../src/host/disk-usage.ts';
import { ProfileSpace } from '../../src/host/profile-space.ts';
import { useTempDir } from '../temp-dir.ts';

const MIB = 2 ** 20;

/** A place of so many megabytes, of which the last number that was set is free. */
function watch(totalMb: number) {
  const clock = new ControlledClock();
  const changes: boolean[] = [];
  let freeMb = totalMb;
  const space = new ProfileSpace({
    directory: useTempDir(),
    clock,
    look: async () => ({ type: 0, bsize: MIB, blocks: totalMb, bavail: freeMb }),
    onChange: ({ isShort }) => changes.push(isShort),
  });
  onTestFinished(() => space.stop());
  space.start();
  return {
    space,
    changes,
    free: async (mb: number) => {
      freeMb = mb;
      await clock.advance(5_000);
    },
  };
}

describe('The place of the live profiles', () => {
  it('is short before it is full, and until there is a quarter more than needed', async () => {
    const { space, changes, free } = watch(10_000);
    await free(256);
    expect(space.reading).toMatchObject({ totalBytes: 10_000 * MIB, freeBytes: 256 * MIB, isShort: false });
    await free(255);
    expect(space.reading?.isShort).toBe(true);
    await free(300);
    expect(space.reading?.isShort).toBe(true);
    await free(320);
    expect(changes).toEqual([true, false]);
  });

  it('is short at a tenth of a small one', async () => {
    const { changes, free } = watch(100);
    await free(10);
    expect(changes).toEqual([]);
    await free(9);
    expect(changes).toEqual([true]);
  });

  it('is never short where its size is not told', async () => {
    const { changes, free } = watch(0);
    await free(0);
    expect(changes).toEqual([]);
  });

  it('says nothing where it cannot be asked', async () => {
    const clock = new ControlledClock();
    const space = new ProfileSpace({ directory: '/nowhere/at/all', clock, onChange: () => undefined });
    onTestFinished(() => space.stop());
    space.start();
    await clock.advance(5_000);
    expect(space.reading).toBeNull();
    expect(await space.usage()).toBe(0);
  });
});

describe('What a directory takes', () => {
  it('is the sum of the files below it, and of the memory only where it lies there', async () => {
    const directory = useTempDir();
    expect(await diskUsage(directory)).toBe(0);
    await writeFile(join(directory, 'one'), randomBytes(MIB));
    expect(await diskUsage(directory)).toBeGreaterThanOrEqual(MIB);
    expect(await diskUsage(join(directory, 'gone'))).toBe(0);
    expect([0, await diskUsage(directory)]).toContain(await memoryUsage(directory));
  });
});
