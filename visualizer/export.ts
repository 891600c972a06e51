import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { exportedFiles } from './exports.ts';

const folder = join(import.meta.dirname, '../machines');

for (const [file, content] of exportedFiles()) {
  writeFileSync(join(folder, file), content);
  process.stdout.write(`machines/${file}\n`);
}
