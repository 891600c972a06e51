import { readFileSync } from 'node:fs';

import { expect, it } from 'vitest';
import { z } from 'zod';

import { page } from './markdown.ts';

const names = z.record(z.string(), z.string());
const { dependencies } = z.object({ dependencies: names }).parse(JSON.parse(readFileSync('package.json', 'utf8')));

it.each(Object.keys(dependencies))('The page of dependencies has a reason for %s', (name) => {
  const named = [...page('docs/dependencies.md').text.matchAll(/^\| ([^|]+)\|/gm)].flatMap(([, cell = '']) =>
    cell.split(',').map((one) => one.trim()),
  );
  expect(named).toContain(name);
});
