// `npm run vault -- COMMAND`: the tool that looks after sealed logins.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { checkNode, ROOT, run, setUpBuild, setUpPackages } from './setup.mjs';

const TOOL = join(ROOT, 'dist', 'src', 'vault-cli', 'main.js');

// Where `.env` was read and `./data` is meant, whatever directory this was called from.
process.chdir(ROOT);
await run(async () => {
  checkNode();
  // What is built stays, also where the sources are newer: a service may run from it.
  if (!existsSync(TOOL)) await aside(setUp);
  await import(TOOL);
});

async function setUp() {
  await setUpPackages();
  await setUpBuild();
}

/** The tool's output may be piped into something that expects nothing else. */
async function aside(work) {
  const { write } = process.stdout;
  process.stdout.write = (...args) => process.stderr.write(...args);
  try {
    await work();
  } finally {
    process.stdout.write = write;
  }
}
