// `npm run node -- COMMAND`: what is told to a node from beside it, such as by Kubernetes before it ends a pod.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { checkNode, ROOT, run, setUpBuild, setUpPackages } from './setup.mjs';

const TOOL = join(ROOT, 'dist', 'src', 'node-cli', 'main.js');

process.chdir(ROOT);
await run(async () => {
  checkNode();
  // What is built stays: the service runs from it.
  if (!existsSync(TOOL)) {
    await setUpPackages();
    await setUpBuild();
  }
  await import(TOOL);
});
