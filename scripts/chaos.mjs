// `npm run chaos`: everything that can go wrong goes wrong, one fault at a time, then many drawn at random. Prints the
// table that docs/reliability.md shows. `npm run chaos -- mix` runs the random part alone; CHAOS_SEED repeats its draws,
// CHAOS_MINUTES says for how long. SERVICE_LOG_FILE keeps what the services log.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findBrowser, findRedis } from './find-executables.mjs';
import { runCommand } from './run-command.mjs';
import { ROOT, run, setUpTests } from './setup.mjs';

function printTable(file) {
  const rows = existsSync(file)
    ? readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];
  const seconds = (ms) => (ms === null ? '–' : `${(ms / 1_000).toFixed(1)} s`);
  console.log('\n| fault | what happens | recovered in |\n| --- | --- | --- |');
  for (const { fault, outcome, recoveredMs } of rows)
    console.log(`| ${fault} | ${outcome} | ${seconds(recoveredMs)} |`);
}

await run(async () => {
  await setUpTests();
  const directory = mkdtempSync(join(tmpdir(), 'wa-chaos-'));
  try {
    const rows = join(directory, 'rows.jsonl');
    const env = {
      ...process.env,
      PUPPETEER_EXECUTABLE_PATH: findBrowser() ?? '',
      REDIS_SERVER: findRedis() ?? '',
      CHAOS_ROWS: rows,
    };
    const args = ['run', '--config', 'vitest.chaos.config.ts', ...process.argv.slice(2)];
    const tests = await runCommand(join(ROOT, 'node_modules', '.bin', 'vitest'), args, { cwd: ROOT, env, show: true });
    printTable(rows);
    if (!tests.ok) process.exitCode = 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
