// Loaded into the service before everything else: on SIGUSR2 it collects its garbage and logs what is left, in bytes.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  process.on('SIGUSR2', () => {
    collect();
    // What the first round finalized goes with the second.
    setImmediate(() => {
      collect();
      const { heapUsed, rss } = process.memoryUsage();
      process.stdout.write(`${JSON.stringify({ level: 30, msg: 'garbage collected', heapUsed, rss })}\n`);
    });
  });
}
