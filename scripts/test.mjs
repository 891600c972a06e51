// `npm test`: set-up, then types, lint, dead code and all tests. The last line counts them all: "N passed, N failed".
import { join } from 'node:path';

import { findBrowser, findRedis } from './find-executables.mjs';
import { runCommand } from './run-command.mjs';
import { ROOT, run, setUpTests } from './setup.mjs';

const bin = (name) => join(ROOT, 'node_modules', '.bin', name);

const CHECKS = [
  { title: 'Types', command: 'tsc', args: ['-p', 'tsconfig.json'] },
  { title: 'Types of the pages', command: 'tsc', args: ['-p', 'console/tsconfig.json'] },
  { title: 'Types of the examples', command: 'tsc', args: ['-p', 'examples/tsconfig.json'] },
  { title: 'Lint', command: 'oxlint', args: ['--type-aware', '--deny-warnings'] },
  { title: 'Dead code', command: 'knip', args: [] },
  { title: 'Dead code but for tests', command: 'knip', args: ['--production'] },
  { title: 'Format', command: 'oxfmt', args: ['--check'] },
];

/** Most of the checks use one core. */
const AT_ONCE = 2;

/** Runs all checks, each with its time, and resolves with how many have failed. */
async function runChecks() {
  const waiting = [...CHECKS];
  let failed = 0;
  const runNext = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const { title, command, args } = check;
      const startedAt = performance.now();
      const result = await runCommand(bin(command), args, { cwd: ROOT });
      const took = `${Math.round((performance.now() - startedAt) / 1_000)} s`;
      console.log(result.ok ? `${title}: fine (${took})` : `${title}: failed (${took})\n${result.output}`);
      if (!result.ok) failed += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runNext));
  return failed;
}

await run(async () => {
  await setUpTests();
  const failed = await runChecks();
  const env = {
    ...process.env,
    PUPPETEER_EXECUTABLE_PATH: findBrowser() ?? '',
    REDIS_SERVER: findRedis() ?? '',
    // The totals reporter adds the checks to its count.
    CHECKS_PASSED: String(CHECKS.length - failed),
    CHECKS_FAILED: String(failed),
  };
  const tests = await runCommand(bin('vitest'), ['run', ...process.argv.slice(2)], { cwd: ROOT, env, show: true });
  if (failed > 0 || !tests.ok) process.exitCode = 1;
});
