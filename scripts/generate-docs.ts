// `npm run docs:generate`: writes the pages of docs/ that are made from the code. A test fails when they are stale.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { configurationPage } from './configuration-page.ts';

const page = fileURLToPath(new URL('../docs/configuration.md', import.meta.url));
writeFileSync(page, configurationPage());
console.log(`Wrote ${page}`);
