import { afterAll, beforeAll, expect, it } from 'vitest';

import { runNodeTool } from '../../src/node-cli/run.ts';
import { openRedisPort, type RedisPort } from '../redis-port.ts';
import { startTestRedis, type TestRedis } from '../redis.ts';

let redis: TestRedis;
let port: RedisPort;
beforeAll(async () => {
  redis = await startTestRedis();
  port = await openRedisPort(redis);
});
afterAll(async () => {
  await port.close();
  await redis.stop();
});

async function run(args: string[], env: NodeJS.ProcessEnv): Promise<{ code: number; said: string }> {
  const lines: string[] = [];
  const code = await runNodeTool({ args, env, say: (line) => lines.push(line), signal: new AbortController().signal });
  return { code, said: lines.join('\n') };
}

it('A drain of a node that does not live says so', async () => {
  expect(await run(['drain'], { REDIS_URL: port.url, NODE_ID: 'w-1' })).toEqual({
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
