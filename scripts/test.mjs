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

await run(async () => {
  await setUpTests();
  let failed = 0;
  for (const { title, command, args } of CHECKS) {
    const result = await runCommand(bin(command), args, { cwd: ROOT });
    console.log(result.ok ? `${title}: fine` : `${title}: failed\n${result.output}`);
    if (!result.ok) failed += 1;
  }
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
