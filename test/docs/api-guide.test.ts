import { readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import { QUEUE_HOLDERS, REASONS } from '../../src/domain/session.ts';
import { PROBLEMS } from '../../src/api/http/problems.ts';

const read = (page: string): string => readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
const guide = read('api-guide.md');
const life = read('session-life.md');

it.each(REASONS)('the reason %s is explained', (reason) => {
  expect(`${guide}${life}`).toContain(`\`${reason}\``);
});

it.each(QUEUE_HOLDERS)('what holds a queue is explained: %s', (holder) => {
  expect(guide).toContain(`\`${holder}\``);
});

it.each(Object.keys(PROBLEMS))('the error %s has its row', (code) => {
  expect(guide).toContain(`\`${code}\``);
});
