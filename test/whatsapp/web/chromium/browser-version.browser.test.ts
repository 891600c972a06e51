import { expect, it } from 'vitest';

import { browserVersion } from '../../../../src/whatsapp/web/chromium/browser-version.ts';
import { BROWSER } from '../../../whatsapp-web/installed-browsers.ts';

it('a browser tells its version, and what is none tells nothing', async () => {
  expect(await browserVersion(BROWSER)).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  expect(await browserVersion('/bin/true')).toBeNull();
  expect(await browserVersion('/nowhere')).toBeNull();
});
