import { existsSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const step = z.looseObject({ run: z.string().optional(), uses: z.string().optional() });
const job = z.looseObject({
  'runs-on': z.string(),
  steps: z.array(step),
  strategy: z.object({ matrix: z.object({ node: z.array(z.string()) }) }).optional(),
});
const workflow = z
  .looseObject({ on: z.record(z.string(), z.unknown()), jobs: z.record(z.string(), job) })
  .parse(parse(readFileSync('.github/workflows/ci.yml', 'utf8')));
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));
const commands = (steps: readonly z.infer<typeof step>[]): string[] => steps.flatMap(({ run }) => run ?? []);

describe('The workflow', () => {
  it('runs scripts that package.json has', () => {
    const run = Object.values(workflow.jobs).flatMap(({ steps }) => commands(steps));
    const names = run
      .flatMap((command) => /^npm (?:run )?(\S+)$/.exec(command)?.[1] ?? [])
      .filter((name) => name !== 'ci');
    expect(names.filter((name) => !(name in scripts))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(['types', 'lint', 'deadcode', 'format:check', 'test', 'chaos']));
  });

  it('tests on each major version of Node that package.json promises and Node maintains', () => {
    expect(workflow.jobs['tests']?.strategy?.matrix.node).toEqual(['20', '22', '24']);
    expect(commands(workflow.jobs['tests']?.steps ?? [])).toContain('npm test');
  });

  it('breaks everything once a night', () => {
    expect(workflow.on).toHaveProperty('schedule');
    expect(commands(workflow.jobs['chaos']?.steps ?? [])).toContain('npm run chaos');
  });

  it('reads the version of Node from a file that there is', () => {
    expect(existsSync('.nvmrc')).toBe(true);
  });
});
