import { z } from 'zod';

import { type Child, type ChildOptions, startChild } from '../child.ts';

export interface LibraryOptions extends Pick<ChildOptions, 'node' | 'runAs'> {
  readonly dataPath: string;
  readonly executablePath: string;
  readonly headless: true | 'shell';
  /** Sessions to open at once. @defaultValue none */
  readonly start?: readonly string[];
}

/** What a client of the bare library emitted. `ms`: since `initialize`. */
const emitted = z.object({
  event: z.string(),
  id: z.string(),
  ms: z.number().default(0),
  qr: z.string().nullable().default(null),
  why: z.string().optional(),
});
export type Emitted = z.infer<typeof emitted>;

export interface Library extends Child {
  until(id: string, event: 'qr' | 'ready' | 'destroyed'): Promise<Emitted>;
}

const DEADLINE_MS = 60_000;

/**
 * The bare library in a process of its own, with its defaults but for the browser's path, and as root without the
 * sandbox.
 */
export async function startLibrary({
  dataPath,
  executablePath,
  headless,
  start = [],
  node,
  runAs = 'self',
}: LibraryOptions): Promise<Library> {
  const isRoot = process.getuid?.() === 0 && runAs === 'self';
  const puppeteer = { executablePath, headless, args: isRoot ? ['--no-sandbox'] : [] };
  const child = await startChild({
    file: 'library.mjs',
    args: [
      JSON.stringify({
        dataPath,
        puppeteer,
        start,
      }),
    ],
    runAs,
    cwd: dataPath,
    env: {
      PATH: process.env['PATH'],
      HOME: dataPath,
    },
    ...(node === undefined ? {} : { node }),
  });
  return {
    ...child,
    until: (id, event) =>
      child.hear((said) => {
        const report = emitted.safeParse(said).data;
        if (report?.event === 'failed')
          throw new Error(`The library could not open ${report.id}: ${report.why ?? 'it did not say why'}`);
        return report?.id === id && report.event === event ? report : null;
      }, DEADLINE_MS),
  };
}
