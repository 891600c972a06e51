// One process of the service, whose browsers and phones its parent plays. Its settings come from its environment.
import { pino } from 'pino';

import { loadConfig } from '../../../src/config/config.ts';
import { createService } from '../../../src/service.ts';
import type { NodeSays, TestSays } from './phone-line.ts';
import { PhoneDriver } from './phone-driver.ts';

const say = (said: NodeSays): void => void process.send?.(said);
const driver = new PhoneDriver(say);
process.on('message', (said: TestSays) => driver.hear(said));
const config = loadConfig(process.env);
const redis = { kind: 'socket', path: process.env['REDIS_SOCKET'] ?? '' } as const;
const service = createService(config, { log: pino({ level: 'warn' }, pino.destination(2)), redis, driver });
// What is left of it ends with the test.
process.once('disconnect', () => process.exit(0));
process.once('SIGTERM', () => void service.stop().then(() => process.exit(0)));
await service.start();
say({ kind: 'listening', url: service.url });
