import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { anchors, localLinks, page, pages, prose } from './markdown.ts';

/** A path of this project between backticks; `NAME` and the like stand for a name of one's own. */
const CODE_PATH = /`((?:src|test|scripts|machines|console|visualizer|bench|deploy|docs|examples)\/[\w./-]*)`/g;

describe.each(pages())('$path', (of) => {
  it('links to files and headings that there are', () => {
    const broken = localLinks(of).filter((target) => {
      const [file = '', anchor] = target.split('#');
      const path = file === '' ? of.path : join(dirname(of.path), file);
      if (!existsSync(path)) return true;
      return anchor !== undefined && !anchors(page(path)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('names paths that there are', () => {
    const named = [...prose(of).matchAll(CODE_PATH)].map(([, path = '']) => path);
    expect(named.filter((path) => !path.includes('NAME') && !existsSync(path))).toEqual([]);
  });
});

/** The two pages in src/ are wrapped by whoever shows them: they are published with the packages. */
const wrapped = pages().filter(({ path }) => !path.startsWith('src/'));

it.each(wrapped)('$path has no line of more than 120 characters but in tables, pictures and code', (of) => {
  const long = prose(of)
    .split('\n')
    .filter((line) => line.length > 120 && !line.startsWith('|') && !line.startsWith('!['));
  expect(long).toEqual([]);
});
