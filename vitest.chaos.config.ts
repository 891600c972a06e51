import { defineConfig } from 'vitest/config';

/**
 * `npm run chaos`: every fault alone, the quick ones of `npm test` too, and a random mix of all. One file at a time:
 * each counts the processes it left.
 */
export default defineConfig({
  test: {
    pool: 'forks',
    globalSetup: 'test/build.ts',
    include: ['test/chaos/**/*.test.ts', 'test/chaos/**/*.chaos.ts'],
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 20_000,
  },
});
