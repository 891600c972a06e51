import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { exportedFiles, placedFiles } from '../../visualizer/generated-files.ts';

const FOLDER = join(import.meta.dirname, '../../machines');

describe('the exported statecharts', () => {
  it.each([...exportedFiles()])('%s is what `npm run machines:export` writes', (file, content) => {
    expect(readFileSync(join(FOLDER, file), 'utf8')).toBe(content);
  });

  it('lie beside their machines, with nothing of a machine that is gone', () => {
    const beside = readdirSync(FOLDER).filter((file) => /\.(?:json|mmd)$/.test(file));
    expect(beside.toSorted()).toEqual([...exportedFiles().keys()].toSorted());
  });
});

describe('the placed charts', () => {
  const folder = join(import.meta.dirname, '../../visualizer/statechart/placed');

  it('are what `npm run machines:export` writes, with none of a machine that is gone', async () => {
    const written = readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')] as const);
    expect(new Map(written)).toEqual(await placedFiles());
  });
});
