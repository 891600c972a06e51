import { blocks, type Page } from './markdown.ts';

/** One line of a shell block, without its comment. */
export interface ShellCommand {
  readonly path: string;
  readonly text: string;
  /** The whole block that it is in. */
  readonly block: string;
}

export function shellCommands(page: Page): ShellCommand[] {
  return blocks(page, 'sh').flatMap((block) =>
    block
      .split('\n')
      .map((line) => line.replace(/(^|\s)# .*$/, '').trim())
      .filter((text) => text !== '')
      .map((text) => ({ path: page.path, text, block })),
  );
}

/** Calls of a running service: a block with curl in it. */
export function isServiceBlock(block: string): boolean {
  return /^curl /m.test(block);
}

/** The scripts of package.json that a page names, in blocks and in sentences. */
export function npmScriptsIn({ text }: Page): string[] {
  return [...text.matchAll(/\bnpm run ([a-z][a-z:-]*)/g)].map(([, name = '']) => name);
}
