/**
 * What the service costs beside what it is built on, measured side by side in one run: `npm run bench`, some parts with
 * `npm run bench -- sse http`, numbers for a program with `--json`. Builds the service first (`--no-build` uses what is
 * there). Linux only. docs/benchmarks.md explains.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { http } from './parts/http.ts';
import { memory } from './parts/memory.ts';
import { messages } from './parts/messages.ts';
import { sse } from './parts/sse.ts';
import { start } from './parts/start.ts';
import { vault } from './parts/vault.ts';
import { type PartResult, table } from './report.ts';
import { surroundings } from './surroundings.ts';

const PARTS = { start, memory, sse, http, vault, messages };
const isPart = (name: string): name is keyof typeof PARTS => Object.hasOwn(PARTS, name);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, 'no-build': { type: 'boolean', default: false } },
});
const unknown = positionals.filter((name) => !isPart(name));
if (unknown.length > 0)
  throw new Error(`There is no part ${unknown.join(', ')}. There are: ${Object.keys(PARTS).join(', ')}.`);
const wanted = positionals.length === 0 ? Object.keys(PARTS) : positionals;

const root = fileURLToPath(new URL('..', import.meta.url));
if (!values['no-build'])
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });

const here = surroundings();
const began = performance.now();
const results: PartResult[] = [];
const failures: unknown[] = [];
for (const name of wanted.filter(isPart)) {
  process.stderr.write(`${name} …\n`);
  try {
    results.push(await PARTS[name]());
  } catch (error) {
    // The others' numbers are worth having all the same.
    failures.push(error);
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  }
}
const seconds = Math.round((performance.now() - began) / 1_000);

if (values.json) console.log(JSON.stringify({ surroundings: here, seconds, results }, null, 2));
else {
  const { cores, processor, memoryGb, loadAtStart, versions } = here;
  console.log(
    `${cores} cores (${processor}), ${memoryGb} GB, load ${loadAtStart.toFixed(1)} at the start; ${seconds} s`,
  );
  console.log(
    `${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}\n`,
  );
  console.log(table(results));
}
process.exit(failures.length === 0 ? 0 : 1);
