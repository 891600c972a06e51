import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { causes } from '../../machines/session.machine.ts';

const readme = readFileSync('README.md', 'utf8');

describe('The README', () => {
  it('shows the session’s chart as it is exported', () => {
    expect(readme).toContain(readFileSync('machines/session.overview.mmd', 'utf8').trimEnd());
  });

  it('shows every cause with what follows and why', () => {
    for (const [cause, { follows, why }] of Object.entries(causes))
      expect(readme).toContain(`| \`${cause}\` | ${follows} | ${why} |`);
  });

  it('gives each dependency its reason', () => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const reasons = readme.slice(readme.indexOf('## Dependencies'));
    for (const name of Object.keys(dependencies)) expect(reasons).toContain(name);
  });
});
