import { readEnvFile } from '../config/config.ts';
import { runNodeTool } from './run.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => stop.abort(new Error(`${signal} came.`)));

readEnvFile();
process.exitCode = await runNodeTool({
  args: process.argv.slice(2),
  env: process.env,
  say: (line) => process.stdout.write(`${line}\n`),
  signal: stop.signal,
});
