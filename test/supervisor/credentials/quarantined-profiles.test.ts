import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import {
  eraseQuarantined,
  quarantinedNextTo,
  sweepQuarantined,
} from '../../../src/supervisor/credentials/quarantined-profiles.ts';
import { useTempDir } from '../../temp-dir.ts';

const NOW = 1_800_000_000_000;
const DAY_MS = 86_400_000;
const OLD = NOW - DAY_MS - 1;

async function directoryWith(...names: string[]): Promise<string> {
  const root = useTempDir();
  for (const name of names) await mkdir(join(root, name, 'Default'), { recursive: true });
  return root;
}

it('puts a quarantined profile beside the live one, named by when', () => {
  expect(quarantinedNextTo('/profiles/ab', NOW)).toBe(`/profiles/ab.quarantined-${NOW}`);
});

it('erases all that is quarantined of one profile, by its present and its former name, and nothing of another', async () => {
  const root = await directoryWith('ab', `ab.quarantined-${NOW}`, `ab.refused-${OLD}`, `abc.quarantined-${NOW}`);
  await eraseQuarantined(join(root, 'ab'));
  expect((await readdir(root)).sort()).toEqual(['ab', `abc.quarantined-${NOW}`]);
});

it('sweeps what has lain there for more than a day, by its present and its former name, locks too', async () => {
  const old = [`ab.quarantined-${OLD}`, `ab.quarantined-${OLD}.lock`, `cd.refused-${OLD}`, `cd.refused-${OLD}.lock`];
  const kept = ['ab', `ab.quarantined-${NOW}`, `cd.refused-${NOW}`];
  const root = await directoryWith(...old, ...kept);
  await sweepQuarantined(root, NOW);
  expect((await readdir(root)).sort()).toEqual([...kept].sort());
});
