import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

import { parseSync } from 'oxc-parser';

/** One file needs another, or a package. Paths are relative to the project, with `/`. */
export interface Import {
  readonly from: string;
  /** A file of the project, or the name that a package is asked for by. */
  readonly to: string;
  /** Whether nothing of it is left once types are gone. */
  readonly isTypeOnly: boolean;
}

const SOURCES = ['src', 'machines', 'console', 'visualizer', 'test', 'bench', 'scripts', 'examples'];
const SOURCE_FILE = /\.(ts|tsx|mjs)$/;

/** Every import of every file of ours, types included. */
export function readImports(root: string): readonly Import[] {
  const files = SOURCES.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  );
  return files
    .filter((file) => SOURCE_FILE.test(file))
    .flatMap((file) => importsOf(file, readFileSync(join(root, file), 'utf8')));
}

/** The imports of one file. */
export function importsOf(file: string, source: string): readonly Import[] {
  const { module } = parseSync(file, source);
  const found: Import[] = [];
  const add = (asked: string, isTypeOnly: boolean): void => {
    found.push({ from: file, to: asked.startsWith('.') ? normalize(join(dirname(file), asked)) : asked, isTypeOnly });
  };
  for (const { moduleRequest, entries } of module.staticImports)
    add(moduleRequest.value, entries.length > 0 && entries.every(({ isType }) => isType));
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, isType } of entries) if (moduleRequest !== null) add(moduleRequest.value, isType);
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const asked = /^(['"`])(.*)\1$/.exec(source.slice(moduleRequest.start, moduleRequest.end))?.[2];
    if (asked !== undefined) add(asked, false);
  }
  return found;
}
