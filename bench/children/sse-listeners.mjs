// Holds N event streams open. For each transition says, once every stream has brought its snapshot, how long after
// `updatedAt` each did (ms).
import { Agent, get } from 'node:http';
import { createInterface } from 'node:readline';

const { url, headers, listeners } = JSON.parse(process.argv[2]);
const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
/** Latencies by rev, one for each stream that has brought it. */
const arrived = new Map();

const now = () => performance.timeOrigin + performance.now();

function take(frame, at) {
  const data = /^data: (.*)$/m.exec(frame)?.[1];
  // Frames without an event are the present state at the start, which no transition led to.
  if (data === undefined || !frame.includes('event: session.snapshot') || data.includes('"event":null')) return;
  const rev = Number(/"rev":(\d+)/.exec(data)?.[1]);
  const updatedAt = Date.parse(/"updatedAt":"([^"]+)"/.exec(data)?.[1] ?? '');
  const latencies = arrived.get(rev) ?? [];
  latencies.push(at - updatedAt);
  arrived.set(rev, latencies);
  if (latencies.length === listeners) say({ rev, state: /"state":"(\w+)"/.exec(data)?.[1], latencies });
}

const open = () =>
  new Promise((resolve, reject) => {
    get(url, { agent, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`answered ${response.statusCode}`));
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        const at = now();
        const frames = (rest + chunk).split('\n\n');
        rest = frames.pop() ?? '';
        // The present snapshot comes first: from then on nothing is missed.
        if (frames.some((frame) => frame.includes('data: '))) resolve();
        for (const frame of frames) take(frame, at);
      });
      response.on('error', () => process.exit(1));
    }).on('error', reject);
  });

process.on('SIGTERM', () => process.exit(0));
createInterface({ input: process.stdin }).on('close', () => process.exit(0));
const BATCH = 50;
for (let opened = 0; opened < listeners; opened += BATCH)
  await Promise.all(Array.from({ length: Math.min(BATCH, listeners - opened) }, open));
say({ opened: listeners });
