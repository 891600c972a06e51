// `npm start`: set-up, build, then the service until it ends.
import { join } from 'node:path';

import { serve } from './serve.mjs';
import { ROOT, run, setUpBuild, setUpService } from './setup.mjs';

// Where `.env` was read and `./data` is meant, whatever directory this was called from.
process.chdir(ROOT);
await run(async () => {
  await setUpService();
  await setUpBuild();
  serve(join(ROOT, 'dist', 'src', 'main.bundled.js'));
});
