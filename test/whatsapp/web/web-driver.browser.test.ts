import { createChromiumFixture } from './chromium-fixture.ts';
import { describeDriverContract } from '../contract/driver-contract.ts';

describeDriverContract('whatsapp-web.js on chromium-headless-shell', () => createChromiumFixture());
