import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { configurationPage } from '../../scripts/configuration-page.ts';
import { loadConfig } from '../../src/config/config.ts';
import { environmentSchema } from '../../src/config/environment.ts';
import type { HostResources } from '../../src/host/host-resources.ts';

const host: HostResources = { hostname: 'box', memory: 2 ** 33, cores: 4, isTerminal: false, randomSuffix: 'a1b2c3' };
/** A real browser is configured, so that no default is the one of the simulated driver. */
const BROWSER = { PUPPETEER_EXECUTABLE_PATH: process.execPath };

const variables = environmentSchema.keyof().options;

describe('The page of the configuration', () => {
  it('is as the schema would write it now: npm run docs:generate', () => {
    expect(readFileSync('docs/configuration.md', 'utf8')).toBe(configurationPage());
  });

  it('has each variable in one row', () => {
    const rows = [...configurationPage().matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(([, name]) => name);
    expect(rows.toSorted()).toEqual([...variables].toSorted());
  });

  const fixed = variables.flatMap((name) => {
    const { defaultValue } = environmentSchema.shape[name].meta() ?? {};
    return defaultValue === undefined ? [] : [{ name, defaultValue }];
  });

  it.each(fixed)('says truly that $name is $defaultValue when it is unset', ({ name, defaultValue }) => {
    expect(loadConfig({ ...BROWSER, [name]: defaultValue }, host)).toEqual(loadConfig(BROWSER, host));
  });
});
