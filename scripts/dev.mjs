// `npm run dev`: the service and its pages, each made anew after a change of its sources.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { runCommand } from './run-command.mjs';
import { ROOT } from './setup.mjs';

const tsx = join(ROOT, 'node_modules', '.bin', 'tsx');
// Once before: the service looks for them when it starts.
await runCommand(tsx, [join(ROOT, 'visualizer', 'build-pages.ts')], { cwd: ROOT, show: true });
const pages = spawn(tsx, [join(ROOT, 'visualizer', 'build-pages.ts'), '--watch'], { cwd: ROOT, stdio: 'inherit' });
const service = spawn(tsx, ['watch', join('src', 'main.ts')], { cwd: ROOT, stdio: 'inherit' });

// The terminal sends Ctrl-C to all of them.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => service.kill('SIGTERM'));
service.once('exit', (code) => {
  pages.kill();
  process.exitCode = code ?? 1;
});
