import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { runNodeTool } from '../../src/node-cli/run.ts';
import { startTestRedis, type TestRedis } from '../redis.ts';

let redis: TestRedis;
let port: Server;
let url = '';
beforeAll(async () => {
  redis = await startTestRedis();
  const { address } = redis;
  if (address.kind !== 'socket') throw new Error('The Redis of tests is on a socket');
  // The command takes an address as users have it.
  port = createServer((client) => {
    const server = connect(address.path);
    client.pipe(server).pipe(client);
    for (const end of [client, server]) end.on('error', () => end.destroy());
  }).listen(0, '127.0.0.1');
  await once(port, 'listening');
  url = `redis://127.0.0.1:${(port.address() as AddressInfo).port}`; // a TCP server's address is no text
});
afterAll(async () => {
  port.close();
  await redis.stop();
});

async function run(args: string[], env: NodeJS.ProcessEnv): Promise<{ code: number; said: string }> {
  const lines: string[] = [];
  const code = await runNodeTool({ args, env, say: (line) => lines.push(line), signal: new AbortController().signal });
  return { code, said: lines.join('\n') };
}

it('A drain of a node that does not live says so', async () => {
  expect(await run(['drain'], { REDIS_URL: url, NODE_ID: 'w-1' })).toEqual({
    code: 0,
    said: 'No node "w-1" lives that runs sessions.',
  });
});

it.each([
  ['no command', [], {}, 'npm run node -- COMMAND'],
  ['an unknown one', ['fly'], {}, 'npm run node -- COMMAND'],
  ['a drain without end', ['drain', '0'], {}, 'npm run node -- COMMAND'],
  ['a drain of nobody', ['drain'], {}, 'NODE_ID is not set'],
  ['a Redis of its own', ['drain'], { NODE_ID: 'w-1' }, 'REDIS_URL is not set'],
])('%s is refused with the way to say it', async (_, args, env, sentence) => {
  const { code, said } = await run(args, env);
  expect(code).toBe(2);
  expect(said).toContain(sentence);
});
