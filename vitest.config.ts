import { fileURLToPath } from 'node:url';

import { defineConfig } from 'vitest/config';

import { LongestFirst } from './test/longest-first.ts';

/** Tests with a real browser, or with the whole service. They run after the others: each may hold several browsers. */
const WITH_BROWSERS = [
  'test/whatsapp-web/**/*.test.ts',
  'test/end-to-end/**/*.test.ts',
  'test/chaos/**/*.test.ts',
  'test/**/*.browser.test.ts',
  'examples/**/*.spec.ts',
];

export default defineConfig({
  // The examples name this package as those who install it do.
  resolve: { tsconfigPaths: true },
  test: {
    pool: 'forks',
    globalSetup: 'test/build.ts',
    // The test kit starts what that has built, not the sources.
    env: { TEST_KIT_SERVICE: fileURLToPath(new URL('dist/src/main.bundled.js', import.meta.url)) },
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/totals-reporter.ts'],
    // A test that never ends must not hold the run for ever; none is meant to come near.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    // What a test polls for comes at once, but not within a second on a machine that is busy with other things.
    expect: { poll: { timeout: 30_000, interval: 20 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: WITH_BROWSERS,
          // One more than the cores that they are made for: on two, each waits for half of its time.
          maxWorkers: 3,
          // What a file imports is kept for the next one: a sixth of the processor's time. A file leaves nothing behind.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: WITH_BROWSERS,
          maxWorkers: 2,
          testTimeout: 240_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
