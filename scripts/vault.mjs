// `npm run vault -- COMMAND`: the tool that looks after sealed logins, built when its sources are here.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { checkNode, ROOT, run, setUpBuild, setUpPackages } from './setup.mjs';

// Where `.env` was read and `./data` is meant, whatever directory this was called from.
process.chdir(ROOT);
await run(async () => {
  checkNode();
  // An image holds what was built, and no sources.
  if (existsSync(join(ROOT, 'src'))) {
    await setUpPackages();
    await setUpBuild();
  }
  await import(join(ROOT, 'dist', 'src', 'vault', 'tools', 'main.js'));
});
