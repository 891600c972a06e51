/**
 * What a wall around the library costs, and what it lets through. Prints two tables; docs/decisions keeps a
 * copy with the decision. Run: `npx tsx bench/walls.ts [path of a chromium-headless-shell]`. Linux only (PSS).
 */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const WALLS = ['instance', 'thread', 'thread_lean', 'process', 'process_lean'] as const;
const HAZARDS = [
  'unhandled_rejection',
  'thrown_in_timer',
  'busy_500ms',
  'endless_loop',
  'heap_blow_up',
  'process_exit',
] as const;
const HARD_LIMIT_MS = 60_000;

const executablePath = process.argv[2] ?? '/usr/lib/chromium/chromium-headless-shell';
const asRoot = process.getuid?.() === 0;
const args = [
  ...(asRoot ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--in-process-gpu',
  '--disable-software-rasterizer',
  '--enable-features=NetworkServiceInProcess2',
];

// PSS divides shared pages among all who map them: with a copy of Node of its own, no other Node on the machine takes a
// share.
const folder = mkdtempSync(join(tmpdir(), 'walls-node-'));
const node = join(folder, 'node');
copyFileSync(process.execPath, node);

const reportSchema = z.object({
  before: z.number(),
  node: z.number(),
  startMs: z.array(z.number()),
  survived: z.boolean().default(false),
  slowestBeatMs: z.number().default(0),
});
type Report = z.infer<typeof reportSchema>;

/** Runs one host; `null` when it died or fell silent. Its browsers are killed either way. */
async function run(wall: string, count: number, hazard: string): Promise<Report | null> {
  const host = spawn(
    node,
    [
      fileURLToPath(new URL('walls/host.cjs', import.meta.url)),
      JSON.stringify({ wall, count, hazard, executablePath, args, folder }),
    ],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const deadline = setTimeout(() => host.kill('SIGKILL'), hazard === 'none' ? HARD_LIMIT_MS : HARD_LIMIT_MS / 2);
  const browsers: number[] = [];
  let report: Report | null = null;
  for await (const line of createInterface({ input: host.stdout })) {
    const said: unknown = JSON.parse(line);
    const browser = z.object({ browser: z.number() }).safeParse(said);
    if (browser.success) browsers.push(browser.data.browser);
    else report = reportSchema.parse(said);
  }
  clearTimeout(deadline);
  for (const pid of browsers) {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Gone already, as it should be.
    }
  }
  return report;
}

const row = (...cells: readonly (string | number)[]): void => console.log(`| ${cells.join(' | ')} |`);
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);

console.log("Node's own memory (PSS, MB) and the time from opening to a browser that answers (ms)\n");
row('wall', '1 session', '4 sessions', '8 sessions', 'each further session', 'per session at 4', 'start, mean');
row('---', '---:', '---:', '---:', '---:', '---:', '---:');
for (const wall of WALLS) {
  const reports = [];
  for (const count of [1, 4, 8]) reports.push(await run(wall, count, 'none'));
  const [one, four, eight] = reports;
  if (!one || !four || !eight) throw new Error(`The wall "${wall}" did not come up.`);
  row(
    wall,
    one.node.toFixed(0),
    four.node.toFixed(0),
    eight.node.toFixed(0),
    ((eight.node - one.node) / 7).toFixed(1),
    (four.node / 4).toFixed(1),
    mean(eight.startMs).toFixed(0),
  );
}

console.log(
  '\nTwo sessions; the first misbehaves: does the second answer 20 times, and how long does it wait at most (ms)?\n',
);
row('wall', ...HAZARDS);
row('---', ...HAZARDS.map(() => '---'));
for (const wall of WALLS) {
  const cells: string[] = [];
  for (const hazard of HAZARDS) {
    const report = await run(wall, 2, hazard);
    cells.push(report?.survived === true ? `yes, ${report.slowestBeatMs.toFixed(0)}` : '**no**');
  }
  row(wall, ...cells);
}
rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
