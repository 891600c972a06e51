import { createChromiumWorld } from './chromium-world.ts';
import { describeDriverContract } from './driver-contract.ts';

describeDriverContract('whatsapp-web.js on chromium-headless-shell', () => createChromiumWorld());
