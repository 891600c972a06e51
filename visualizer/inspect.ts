import { createClient } from '../src/client/index.ts';
import { followForInspector } from './inspect/follow.ts';

// `TOKEN=… npm run inspect`: shows the running sessions in Stately's inspector.
const { TOKEN: token, SERVICE_URL: baseUrl = 'http://127.0.0.1:3000', INSPECT_PORT: port = '8080' } = process.env;
const inspector = 'https://stately.ai/inspect';

if (token === undefined) {
  process.stderr.write('TOKEN is not set: give it a token of the service, such as the one that `npm start` prints.\n');
  process.exitCode = 1;
} else {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
  try {
    await followForInspector({
      client: createClient({ baseUrl, token }),
      port: Number(port),
      inspector,
      signal: ending.signal,
      now: Date.now,
      onBridge: ({ url }) =>
        process.stdout.write(
          `Open ${url}: it shows the sessions of ${baseUrl} in ${inspector}, without codes, numbers and names.\n`,
        ),
    });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
