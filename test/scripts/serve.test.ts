import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';

import { identifyProcess } from '../../src/host/process-identity.ts';
import { useTempDir } from '../temp-dir.ts';

const SERVE = new URL('../../scripts/serve.mjs', import.meta.url).href;

/** Says its pid, then each signal; ends with 7 on "SIGTERM", and when its starter is gone. */
const SERVICE = `
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {
  console.log(signal);
  if (signal === 'SIGTERM') process.exit(7);
});
process.on('disconnect', () => process.exit(8));
console.log(process.pid);
setInterval(() => undefined, 1000);
`;

interface Started {
  readonly starter: ChildProcess;
  readonly servicePid: number;
  /** Everything the service said after its pid. */
  readonly heard: string[];
}

async function startService(script: string): Promise<Started> {
  const file = join(useTempDir(), 'service.mjs');
  writeFileSync(file, script);
  const code = `import { serve } from ${JSON.stringify(SERVE)}; serve(${JSON.stringify(file)}, { echoMs: 60_000 });`;
  const starter = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const heard: string[] = [];
  const servicePid = await new Promise<number>((resolve) => {
    const lines = createInterface({ input: starter.stdout });
    lines.once('line', (pid) => {
      resolve(Number(pid));
      lines.on('line', (line) => heard.push(line));
    });
  });
  onTestFinished(() => {
    for (const pid of [starter.pid, servicePid])
      if (pid !== undefined && identifyProcess(pid) !== null) process.kill(pid, 'SIGKILL');
  });
  return { starter, servicePid, heard };
}

it('a Ctrl-C that arrives from the terminal and again from npm reaches the service once', async () => {
  const { starter, heard } = await startService(SERVICE);
  starter.kill('SIGINT');
  await expect.poll(() => heard).toEqual(['SIGINT']);
  starter.kill('SIGINT');
  starter.kill('SIGTERM');
  await once(starter, 'close');
  expect(heard).toEqual(['SIGINT', 'SIGTERM']);
});

it('the service’s exit code is the starter’s', async () => {
  const { starter } = await startService(SERVICE);
  starter.kill('SIGTERM');
  await expect(once(starter, 'exit')).resolves.toEqual([7, null]);
});

it('a service that was killed ends its starter the same way', async () => {
  const { starter, servicePid } = await startService(SERVICE);
  process.kill(servicePid, 'SIGKILL');
  await expect(once(starter, 'exit')).resolves.toEqual([null, 'SIGKILL']);
});

it('a starter that was killed is noticed by the service', async () => {
  const { starter, servicePid } = await startService(SERVICE);
  starter.kill('SIGKILL');
  await expect.poll(() => identifyProcess(servicePid)).toBeNull();
});
