import { existsSync } from 'node:fs';
import { z } from 'zod';

import { isExecutable } from '#find-executables';

import { parseProxy, PROXY_FORM } from '../../domain/proxy.ts';
import { choice, count, HIGHEST_COUNT, integer, LONGEST_MS } from './values.ts';

/** Switches that would take a browser out of its owner's hands. */
const FORBIDDEN_SWITCH = /^--(user-data-dir|profile-directory|remote-debugging-(port|address|pipe)|headless)(=|$)/;

/** Words apart by blanks; a quoted part keeps its own. */
const browserArgs = z
  .string()
  .transform((text) =>
    [...text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([argument]) =>
      argument.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2'),
    ),
  )
  .refine((words) => words.every((argument) => argument.startsWith('--')), 'must be switches that begin with --')
  .refine(
    (words) => !words.some((argument) => FORBIDDEN_SWITCH.test(argument)),
    'must leave profile, debugging and headless mode to the service',
  )
  // A proxy's address may hold a password.
  .meta({ isSecret: true, example: '--accept-lang=es' });

/** Which browser runs, and how. */
export const browserVariables = {
  DRIVER: choice(['whatsapp-web.js', 'simulated']).optional().meta({
    defaultValue: 'whatsapp-web.js',
    description: '`simulated` needs no browser and no phone: for frontends, tests and load.',
  }),
  PUPPETEER_EXECUTABLE_PATH: z
    .string()
    .refine(existsSync, 'must be the path of a browser; there is no such file')
    .refine(isExecutable, 'must be the path of a browser; this is no file that can be run')
    .meta({ example: '/usr/lib/chromium/chromium-headless-shell' })
    .optional()
    .meta({
      otherwise: 'the browser that is found',
      description: 'The path of the browser. Sessions start no other binary when it is set.',
    }),
  BROWSER_HEADLESS: choice(['auto', 'shell', 'new']).optional().meta({
    defaultValue: 'auto',
    description: '`shell` for a chromium-headless-shell, `new` for a full Chromium; `auto` tells by the name.',
  }),
  BROWSER_ARGS: browserArgs
    .optional()
    .meta({ otherwise: 'none', description: 'More Chromium switches, with blanks between them.' }),
  PROXY_URL: z
    .string()
    .transform((text, context) => {
      const proxy = parseProxy(text);
      if (proxy !== null) return proxy;
      context.addIssue({ code: 'custom', message: PROXY_FORM });
      return z.NEVER;
    })
    .meta({ isSecret: true, example: 'http://user:password@proxy.example.com:3128' })
    .optional()
    .meta({
      otherwise: 'none',
      description:
        'What the pages of sessions go through that have no `proxy` of their own: `http`, `https` or `socks5`, user and password allowed.',
    }),
  PROFILE_DIR: z.string().meta({ example: './data/profiles' }).optional().meta({
    otherwise: 'tmpfs where there is room, else `DATA_DIR`',
    description: 'The directory of live browser profiles (0700), one for each session.',
  }),
  RECYCLE_AFTER_MS: integer(0, LONGEST_MS, 86_400_000)
    .optional()
    .meta({ defaultValue: '86400000', description: 'The age at which an idle browser is replaced; `0`: never.' }),
  RECYCLE_RSS_MB: integer(0, HIGHEST_COUNT, 1_500)
    .optional()
    .meta({ defaultValue: '1500', description: 'The memory at which an idle browser is replaced; `0`: never.' }),
  MAX_CONCURRENT_LAUNCHES: count(2)
    .optional()
    .meta({ otherwise: 'the number of cores', description: 'Browsers of one node that start at the same time.' }),
};
