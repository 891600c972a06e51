// A service as far as its Redis goes: starts it, leaves something in it, prints its pid, and waits to be killed.
import { Redis } from 'ioredis';
import { pino } from 'pino';

import { startEmbeddedRedis } from '../../../src/store/embedded/embedded-redis.ts';

const [, , dataDir = '', executable = ''] = process.argv;
const redis = await startEmbeddedRedis({ dataDir, executable, log: pino({ level: 'silent' }) });
await new Redis(redis.socketPath).set('left', 'behind');
process.stdout.write(`${redis.pid}\n`);
setInterval(() => undefined, 60_000);
