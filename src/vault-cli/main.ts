import { readEnvFile } from '../config/config.ts';
import { createOutput } from './output.ts';
import { runTool } from './run.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => stop.abort(new Error(`${signal} came.`)));
// Where the result is piped into something that reads no further, there is nobody to write for.
process.stdout.on('error', () => stop.abort());

readEnvFile();
process.exitCode = await runTool({
  args: process.argv.slice(2),
  env: process.env,
  output: createOutput(process.stdout, process.stderr),
  signal: stop.signal,
});
