import { describe, expect, it } from 'vitest';

import { PROBLEMS } from '../../src/api/http/problems.ts';
import { simulatedEventSchema } from '../../src/domain/simulation.ts';
import { page, prose, table } from './markdown.ts';

const guide = page('docs/api-guide.md');
const quoted = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);

describe('The API guide', () => {
  it('has every problem under its status', () => {
    const shown = table(guide, 'status').flatMap(([status, codes = '']) =>
      quoted(codes)
        .filter((code) => /^[A-Z_]+$/.test(code))
        .map((code) => [code, Number(status)]),
    );
    const all = Object.entries(PROBLEMS).map(([code, { status }]) => [code, status]);
    expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(all));
  });

  it('has every event that can be simulated', () => {
    const events = simulatedEventSchema.options.map(({ shape }) => shape.event.value);
    expect(quoted(prose(guide))).toEqual(expect.arrayContaining(events));
  });
});
