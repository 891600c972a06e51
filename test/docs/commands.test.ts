import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { isServiceBlock, npmScriptsIn, shellCommands, type ShellCommand } from './commands.ts';
import { blocks, pages } from './markdown.ts';
import { npmStart, type RunningService } from './npm-start.ts';

const run = promisify(execFile);
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));

/** Commands that no test here runs, with the reason. A command that is in no page any more fails a test. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'npm test': 'runs this test',
  'npm run types': 'a part of npm test',
  'npm run lint': 'a part of npm test',
  'npm run deadcode': 'a part of npm test',
  'npm run format': 'writes files; npm test checks the format',
  'npm run setup': 'the first step of npm start, which is run',
  'npm run dev': 'writes dist/pages while other tests read it',
  'npm run machines:export': 'writes files; test/visualizer/generated-files.test.ts makes the same and compares',
  'npm run docs:generate': 'writes files; test/docs/configuration.test.ts makes the same and compares',
  'npm run docs:pictures': 'writes files, other bytes each time',
  'npm run example': 'test/examples/react-app.browser.test.ts runs it',
  'npm run chaos -- mix': 'takes minutes; its nightly run is a job of the workflow',
  'CHAOS_SEED=7 CHAOS_MINUTES=10 npm run chaos -- mix': 'the same',
  'npx vitest run --project fast test/config/config.test.ts': 'a part of npm test',
  'npx vitest run --project browser test/whatsapp/web/web-driver.browser.test.ts': 'a part of npm test',
  'docker compose up --build': 'needs Docker; test/end-to-end/image.test.ts builds what the image holds',
  'kubectl apply -k deploy/seccomp': 'needs a cluster; test/deploy/kubernetes.test.ts renders and checks the objects',
  'kubectl apply -f deploy/kubernetes/base/namespace.yaml': 'the same',
  'kubectl apply -k deploy/kubernetes/overlays/api-worker': 'the same',
  'kubectl -n whatsapp create secret generic whatsapp-secrets --from-env-file=settings.env': 'needs a cluster',
  'helm upgrade --install whatsapp deploy/helm --namespace whatsapp':
    'needs a cluster; test/deploy/kubernetes.test.ts fills the templates in',
  'systemctl enable --now whatsapp@1 whatsapp@2': 'needs systemd; test/deploy/systemd.test.ts reads the unit',
  'npm run node -- drain': 'needs a fleet; test/node-cli/run.test.ts runs the command behind it',
  'docker compose exec supervisor npm run vault -- list': 'needs Docker; the command inside is run',
};

const all = pages().flatMap((page) => shellCommands(page));
const service: { running: RunningService | null } = { running: null };

function running(): RunningService {
  if (service.running === null) throw new Error('The service has not started');
  return service.running;
}

/** Runs Bash with the service's token, and its address in place of the one in the docs. */
async function bash(script: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { url, token, environment } = running();
  const { stdout } = await run('bash', ['-c', script.replaceAll('http://127.0.0.1:3000', url)], {
    env: { ...environment, TOKEN: token, ...env },
    timeout: 90_000,
  });
  return stdout;
}

/** A refusal ends the script with its answer; a stream is read for two seconds. */
const CURL = `
set -e
curl() {
  if [ "$1" = -N ]; then command curl --silent --fail-with-body --max-time 2 "$@" || [ $? = 28 ]
  else command curl --silent --show-error --fail-with-body --max-time 70 "$@"; fi
}
`;

beforeAll(async () => {
  service.running = await npmStart();
});
afterAll(() => service.running?.stop());

describe('Commands in the docs', () => {
  it('are each run by a test, or listed with the reason why not', () => {
    const unknown = all.filter(({ text, block }) => !isRun(text, block) && !(text in NOT_RUN));
    expect(unknown.map(({ path, text }) => `${path}: ${text}`)).toEqual([]);
  });

  it('are in some page if they are listed as not run', () => {
    const texts = new Set(all.map(({ text }) => text));
    expect(Object.keys(NOT_RUN).filter((text) => !texts.has(text))).toEqual([]);
  });

  it('name only scripts that package.json has, in sentences too', () => {
    const unknown = pages().flatMap((page) => npmScriptsIn(page).filter((name) => !(name in scripts)));
    expect(unknown).toEqual([]);
  });

  it('name only files that there are', () => {
    const files = all.flatMap(({ text }) => text.match(/\btest\/\S+/g) ?? []);
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
  });
});

describe('npm start', () => {
  it('prints a link that opens the console, signed in', async () => {
    const { url, token, printed } = running();
    expect(printed()).toContain(`${url}/#token=${token}`);
    const answer = await fetch(`${url}/`);
    expect(answer.headers.get('content-type')).toContain('text/html');
  });
});

describe('The calls with curl', () => {
  const withCalls = pages()
    .map((page) => ({ path: page.path, calls: blocks(page, 'sh').filter(isServiceBlock) }))
    .filter(({ calls }) => calls.length > 0);

  it.each(withCalls)('of $path are all answered, one after another', async ({ calls }) => {
    await expect(bash(CURL + calls.join('\n'))).resolves.not.toBe('');
  });
});

describe('The vault’s command line', () => {
  it('lists, verifies, explains itself, and brings a backup back on another host', async () => {
    const backup = join(running().directory, 'backup.wavault');
    const other = join(running().directory, 'other-host');
    for (const text of vaultCommands()) {
      const isImport = text.includes('import');
      const output = await bash(text.replace('backup.wavault', backup), isImport ? { DATA_DIR: other } : {});
      expect(output).not.toBe('');
    }
  });
});

function vaultCommands(): string[] {
  return [...new Set(all.map(({ text }) => text).filter((text) => text.startsWith('npm run vault --')))];
}

function isRun(text: string, block: ShellCommand['block']): boolean {
  return text === 'npm start' || text.startsWith('npm run vault --') || isServiceBlock(block) || isAssignment(text);
}

/** It means nothing without the command after it. */
function isAssignment(text: string): boolean {
  return /^(export )?[A-Z_]+=("[^"]*"|'[^']*'|\S*)$/.test(text);
}
