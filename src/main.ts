import { loadConfig, readEnvFile } from './config/config.ts';
import { ensureError, SupervisorError } from './domain/errors.ts';
import { sessionClock } from './host/session-clock.ts';
import { Shutdown } from './host/shutdown.ts';
import { createLog } from './observability/log.ts';
import { createService } from './service.ts';

async function main(): Promise<void> {
  readEnvFile();
  const config = loadConfig(process.env);
  const log = createLog({ ...config.log, nodeId: config.nodeId });
  const service = createService(config, {
    log,
    clock: sessionClock(config.clock, process),
    greet: (text) => process.stdout.write(text),
  });
  new Shutdown({ log, service, timeoutMs: config.shutdownTimeoutMs, process }).listen();
  await service.start();
}

main().catch((thrown: unknown) => {
  const error = ensureError(thrown);
  process.stderr.write(error instanceof SupervisorError ? `${error.message}\n` : `${error.stack ?? error.message}\n`);
  process.exitCode = 1;
  setImmediate(() => process.exit(1));
});
