import { describe, expect, it } from 'vitest';

import { SESSION_STATES } from '../../src/domain/session.ts';
import { localLinks, page, pages, table } from './markdown.ts';

const readme = page('README.md');

describe('The README', () => {
  it('has at most 1,200 words', () => {
    expect(readme.text.split(/\s+/).filter((word) => word !== '').length).toBeLessThanOrEqual(1_200);
  });

  it('has one row for each state', () => {
    const states = table(readme, 'state').map(([state = '']) => state.replaceAll('`', ''));
    expect(states.toSorted()).toEqual([...SESSION_STATES].toSorted());
  });

  it('leads to every page of the docs, over the list of decisions to those', () => {
    const linked = new Set(localLinks(readme).map((target) => target.split('#')[0]));
    const missing = pages().filter(({ path }) => /^docs\/[^/]+$/.test(path) && !linked.has(path));
    expect(missing.map(({ path }) => path)).toEqual([]);
    const decisions = new Set(localLinks(page('docs/decisions/README.md')));
    const unlisted = pages().filter(
      ({ path }) => /^docs\/decisions\/\d/.test(path) && !decisions.has(path.replace('docs/decisions/', '')),
    );
    expect(unlisted.map(({ path }) => path)).toEqual([]);
  });
});
