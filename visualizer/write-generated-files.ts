import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { exportedFiles, placedFiles } from './generated-files.ts';

const root = join(import.meta.dirname, '..');

function write(folder: string, files: ReadonlyMap<string, string>): void {
  for (const [file, content] of files) {
    writeFileSync(join(root, folder, file), content);
    process.stdout.write(`${folder}/${file}\n`);
  }
}

write('machines', exportedFiles());
write('visualizer/statechart/placed', await placedFiles());
