import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A page of the documentation. */
export interface Page {
  /** From the project's root. */
  readonly path: string;
  readonly text: string;
}

const AT_THE_ROOT = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'];
const IN_FOLDERS = [
  'src/client/README.md',
  'src/test-kit/README.md',
  'test/whatsapp-web/README.md',
  'examples/react-app/README.md',
];

/** Every page that people read: at the root, in docs/, and the few beside the code. */
export function pages(): Page[] {
  const docs = readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name));
  return [...AT_THE_ROOT, ...docs.toSorted(), ...IN_FOLDERS].map((path) => ({
    path,
    text: readFileSync(path, 'utf8'),
  }));
}

export function page(path: string): Page {
  return { path, text: readFileSync(path, 'utf8') };
}

/** The insides of the fenced blocks in one language, in their order. */
export function blocks({ text }: Page, language: string): string[] {
  return [...text.matchAll(/^```(\w*)[^\n]*\n(.*?)^```$/gms)]
    .filter(([, info]) => info === language)
    .map(([, , inside]) => inside ?? '');
}

/** The text without its fenced blocks. */
export function prose({ text }: Page): string {
  return text.replaceAll(/^```.*?^```$/gms, '');
}

/** The rows of the first table whose first column has this title, each as its cells. */
export function table({ path, text }: Page, firstTitle: string): string[][] {
  const lines = text.split('\n');
  const head = lines.findIndex((line) => cells(line)[0] === firstTitle);
  if (head === -1) throw new Error(`${path} has no table that begins with "${firstTitle}"`);
  const after = lines.slice(head + 2);
  const end = after.findIndex((line) => !line.startsWith('|'));
  return after.slice(0, end === -1 ? undefined : end).map(cells);
}

function cells(line: string): string[] {
  if (!line.startsWith('|')) return [];
  return line
    .slice(1, line.lastIndexOf('|'))
    .split('|')
    .map((cell) => cell.trim());
}

/** The anchors that its headings have on GitHub. */
export function anchors(of: Page): string[] {
  return [...prose(of).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Where its links and pictures lead, those to other hosts left out. */
export function localLinks(of: Page): string[] {
  return [...prose(of).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}
