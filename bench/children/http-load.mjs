// Asks a URL over and over on kept connections, for a while each time it hears `go`; says how many answers came a
// second.
import { Agent, get } from 'node:http';
import { createInterface } from 'node:readline';

const { url, headers, connections, warmUpMs, durationMs } = JSON.parse(process.argv[2]);
const agent = new Agent({ keepAlive: true, maxSockets: connections });

const ask = () =>
  new Promise((resolve, reject) => {
    get(url, { agent, headers }, (response) => {
      response.resume();
      response.on('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`answered ${response.statusCode}`)),
      );
    }).on('error', reject);
  });

async function askFor(ms) {
  const began = performance.now();
  let answers = 0;
  const loop = async () => {
    while (performance.now() - began < ms) {
      await ask();
      answers += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, loop));
  return (answers * 1_000) / (performance.now() - began);
}

process.on('SIGTERM', () => process.exit(0));
for await (const _ of createInterface({ input: process.stdin })) {
  await askFor(warmUpMs);
  process.stdout.write(`${JSON.stringify({ perSecond: await askFor(durationMs) })}\n`);
}
